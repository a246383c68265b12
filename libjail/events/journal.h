// SPDX-License-Identifier: Apache-2.0
// Events for systemd-journald, a field each, by its native protocol
// (https://systemd.io/JOURNAL_NATIVE_PROTOCOL): `journalctl JAIL_ACCOUNT=harlequin`. A host without it has
// syslog(3).
#pragma once

#include <string>
#include <string_view>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "libjail/events/event.h"

namespace jail {

inline constexpr char kJournalSocket[] = "/run/systemd/journal/socket";

// The fields that syslog would have of it, beside the event. The facility is authpriv.
struct JournalLine {
    int priority;  // LOG_ERR, ...
    std::string_view identifier;
    std::string_view message;
};

// MESSAGE, PRIORITY, SYSLOG_FACILITY, SYSLOG_IDENTIFIER, and each of the event's fields as JAIL_<FIELD>;
// `jail` itself is JAIL_NAME. Every value is made one line (escape.h), so that a value cannot add a field.
std::string journal_entry(const Event& event, const JournalLine& line);

// A socket that is connected to journald's. ENOENT, ECONNREFUSED: this host does not have a journal.
Result<FileDescriptor> open_journal(const std::string& path = kJournalSocket);

// Never waits. On an error the journal did not get the entry: the caller uses syslog(3) instead.
Result<> send_to_journal(const FileDescriptor& journal, const Event& event, const JournalLine& line);

}  // namespace jail
