// SPDX-License-Identifier: Apache-2.0
#include "libjail/events/event.h"

#include <sys/random.h>
#include <time.h>

#include <cstdio>

#include "libjail/base/escape.h"

namespace jail {
namespace {

// RFC 3339, UTC: readers sort and compare it as text, whatever the host's time zone is.
std::string now() {
    timespec moment = {};
    tm parts = {};
    (void)::clock_gettime(CLOCK_REALTIME, &moment);
    (void)::gmtime_r(&moment.tv_sec, &parts);
    char seconds[32] = {}, text[48];
    (void)::strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)std::snprintf(text, sizeof text, "%s.%03ldZ", seconds, moment.tv_nsec / 1000000);
    return text;
}

}  // namespace

Event::Event(std::string_view kind) : time_(now()) {
    text("event", kind);
}

Event& Event::text(std::string_view name, std::string_view value) {
    if (!value.empty()) fields_.push_back({std::string(name), std::string(value), false});
    return *this;
}

Event& Event::number(std::string_view name, std::uint64_t value) {
    char digits[24];
    (void)std::snprintf(digits, sizeof digits, "%llu", static_cast<unsigned long long>(value));
    fields_.push_back({std::string(name), digits, true});
    return *this;
}

std::string Event::json() const {
    std::string json = "{\"time\":" + json_string(time_);
    for (const Field& field : fields_)
        json.append(",\"")
            .append(field.name)
            .append("\":")
            .append(field.is_number ? field.value : json_string(field.value));
    return json + "}\n";
}

std::string new_event_id() {
    std::uint32_t random = 0;
    (void)!::getrandom(&random, sizeof random, GRND_NONBLOCK);  // an id, not a secret: 00000000 is as good
    char text[16];
    (void)std::snprintf(text, sizeof text, "%08x", random);
    return text;
}

bool is_event_id(std::string_view text) {
    return text.size() == kEventIdBytes &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string refusal(const std::string& event_id) {
    return "the jail of this account is not available; tell your administrator: event " + event_id;
}

}  // namespace jail
