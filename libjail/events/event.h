// SPDX-License-Identifier: Apache-2.0
// An event that is worth a record: an event, as one JSON object a line, for <log>/audit.jsonl (audit_log.h)
// and for its readers. jail-supervisor(8) has the table of events and their fields.
//
// And what a person is told when a login is refused: one line that says enough to act on, and an id by which
// the administrator finds the cause in the log. The cause itself is never told: it would reveal what exists
// on the host.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libjail/base/result.h"

namespace jail {

class Event {
public:
    // Of now. `kind` and all names of fields are ours, plain words; values may be anybody's.
    explicit Event(std::string_view kind);

    // Left out when empty. At most 400 bytes of it are kept: an event is one write(2) of a few kilobytes.
    Event& text(std::string_view name, std::string_view value);
    Event& number(std::string_view name, std::uint64_t value);

    // {"time":"2026-01-31T07:08:09.123Z","event":"session_open",...} and a newline.
    std::string json() const;

    struct Field {
        std::string name, value;
        bool is_number;
    };
    // All but the time, `event` first; values as they came.
    const std::vector<Field>& fields() const { return fields_; }

private:
    std::string time_;
    std::vector<Field> fields_;
};

// Eight hexadecimal digits, lower case, from getrandom(2).
std::string new_event_id();

inline constexpr std::size_t kEventIdBytes = 8;
bool is_event_id(std::string_view text);

// "the jail of this account is not available; tell your administrator: event 1f2e3d4c"
std::string refusal(const std::string& event_id);

}  // namespace jail
