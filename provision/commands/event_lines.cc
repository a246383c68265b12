// SPDX-License-Identifier: Apache-2.0
#include "provision/commands/event_lines.h"

#include <time.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/base/problem.h"
#include "provision/events/event_time.h"

namespace jail::provision {

namespace {

std::string text(const nlohmann::json& event, const char* name) {
    const auto found = event.find(name);
    if (found == event.end()) return {};
    return printable(found->is_string() ? found->get<std::string>() : found->dump());
}

std::string from(const nlohmann::json& event) {
    const std::string peer = text(event, "rhost"), door = text(event, "door");
    return (door.empty() ? "" : " by " + door) + (peer.empty() ? "" : " from " + peer);
}

std::string seconds(const nlohmann::json& event, const char* name) {
    const auto milliseconds = event.value(name, std::int64_t{0});
    char word[32];
    (void)std::snprintf(word, sizeof word, "%.1f s", static_cast<double>(milliseconds) / 1000);
    return word;
}

std::string ending(const nlohmann::json& event) {
    const std::string status = text(event, "exit"), signal = text(event, "signal"),
                      cause = text(event, "cause");
    std::string words = " after " + seconds(event, "duration_ms");
    if (!status.empty()) words += ", status " + status;
    if (!signal.empty()) words += ", signal " + signal;
    return words + (cause == "lease_closed" || cause.empty() ? "" : " (" + cause + ")");
}

std::string words_of(const nlohmann::json& event) {
    const std::string kind = text(event, "event"), cause = text(event, "cause");
    if (kind == "session_open") return "session opened" + from(event);
    if (kind == "session_close") return "session closed" + from(event) + ending(event);
    if (kind == "instance_start") return "jail started, generation " + text(event, "generation");
    if (kind == "instance_stop") return "jail stopped: " + cause;
    if (kind == "left_out") return "left out: " + cause;
    if (kind == "limit_hit")
        return "limit of " + text(event, "limit") + " met, " + text(event, "times") + " times";
    if (kind == "suppressed") return text(event, "events") + " events more were not recorded";
    if (kind != "denial") return kind;
    const std::string command = text(event, "command");
    return "DENIED" + from(event) + ": " + cause + (command.empty() ? "" : "; the command was: " + command) +
           ", event " + text(event, "event_id");
}

}  // namespace

bool is_wanted(const nlohmann::json& event, const EventFilter& filter) {
    if (filter.denials && text(event, "event") != "denial") return false;
    if (filter.since != 0 && time_of(event) < filter.since) return false;
    return filter.account.empty() || text(event, "account") == filter.account ||
           text(event, "jail") == filter.account;
}

std::string line_of(const nlohmann::json& event) {
    const time_t moment = static_cast<time_t>(time_of(event));
    tm parts = {};
    (void)::localtime_r(&moment, &parts);
    char time[32] = {};
    (void)::strftime(time, sizeof time, "%Y-%m-%d %H:%M:%S", &parts);
    const std::string account = text(event, "account"), uid = text(event, "uid");
    char begin[128];
    (void)std::snprintf(begin, sizeof begin, "%s  %-14.40s %-12.40s ", time,
                        account.empty() ? ("uid " + uid).c_str() : account.c_str(),
                        text(event, "jail").c_str());
    return begin + words_of(event);
}

}  // namespace jail::provision
