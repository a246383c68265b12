// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include <algorithm>
#include <cstdint>

#include "jailshell/info/numbers.h"
#include "jailshell/info/report.h"
#include "libjail/base/escape.h"

namespace jail::jailshell {
namespace {

constexpr std::size_t kLongest = 4096;

std::string text_of(std::string_view text) {
    return json_string(text, kLongest);
}

std::string value_of(bool value) {
    return value ? "true" : "false";
}

std::string value_of(const std::optional<std::uint64_t>& value) {
    return value ? std::to_string(*value) : "null";
}

std::string moment_of(std::uint64_t seconds) {
    const auto moment = static_cast<time_t>(seconds);
    struct tm utc = {};
    char text[64] = "";
    if (seconds == 0 || ::gmtime_r(&moment, &utc) == nullptr) return "null";
    (void)::strftime(text, sizeof text, "\"%Y-%m-%dT%H:%M:%SZ\"", &utc);
    return text;
}

// Members or items, one a line below the brace of depth `depth`.
class Group {
public:
    Group(char open, char close, std::string indent)
        : close_(close), indent_(std::move(indent)), text_(1, open) {}

    void item(const std::string& value) {
        text_ += (empty_ ? "\n" : ",\n") + indent_ + "  " + value;
        empty_ = false;
    }
    void member(std::string_view name, const std::string& value) { item(text_of(name) + ": " + value); }
    std::string done() const { return text_ + (empty_ ? "" : "\n" + indent_) + close_; }

private:
    char close_;
    std::string indent_, text_;
    bool empty_ = true;
};

Group object(const char* indent = "  ") {
    return {'{', '}', indent};
}

Group array(const char* indent = "  ") {
    return {'[', ']', indent};
}

std::string ways_of(const Access& ways) {
    Group group = object();
    group.member("shell", value_of(ways.shell));
    group.member("sftp", value_of(ways.sftp));
    group.member("scp", value_of(ways.scp));
    group.member("rsync", value_of(ways.rsync));
    group.member("git", value_of(ways.git));
    return group.done();
}

std::string writable_of(const Facts& facts) {
    Group group = array();
    for (const MountPlace& place : facts.writable)
        group.item("{\"path\": " + text_of(place.path) + ", \"programs\": " + value_of(place.programs) + "}");
    return group.done();
}

std::string hours_of(const Facts& facts) {
    Group days = object();
    for (std::uint32_t day = 0; day < std::size(kDayNames); ++day) {
        std::string times;
        for (const std::string& time : times_of(facts.record.manifest.hours, day))
            times += (times.empty() ? "" : ", ") + text_of(time);
        if (!times.empty()) days.member(kDayNames[day], "[" + times + "]");
    }
    return days.done();
}

std::string limits_of(const Facts& facts) {
    static constexpr const char* kUnits[] = {"bytes", "count", "percent", "seconds", "bytes_per_second"};
    Group group = object();
    for (const LimitUse& limit : facts.limits)
        group.member(limit.key, "{\"unit\": " + text_of(kUnits[static_cast<std::size_t>(limit.unit)]) +
                                    ", \"limit\": " + value_of(limit.limit) + ", \"used\": " +
                                    value_of(limit.used) + ", \"left\": " + value_of(limit.left()) + "}");
    return group.done();
}

std::string rooms_of(const Facts& facts) {
    Group group = array();
    for (const Room& room : facts.rooms)
        group.item("{\"path\": " + text_of(room.path) + ", \"size\": " + std::to_string(room.size) +
                   ", \"left\": " + std::to_string(room.left) + "}");
    return group.done();
}

void add_allowed(Group& all, const Facts& facts) {
    const Manifest& manifest = facts.record.manifest;
    Group commands = array();
    for (const std::string& command : facts.commands) commands.item(text_of(command));
    const bool alone = manifest.network == Network::kNone;
    all.member("ways", ways_of(facts.ways));
    all.member("network", text_of(alone ? "none" : "host"));
    all.member("forwards", text_of(alone ? "loopback" : "host"));
    all.member("commands", commands.done());
    all.member("writable", writable_of(facts));
    all.member("home_programs", value_of(manifest.home_exec));
    all.member("expires", moment_of(manifest.expires_at));
    all.member("hours", hours_of(facts));
}

}  // namespace

std::string facts_as_json(const Facts& facts, bool allowed, bool limits) {
    Group all = object("");
    all.member("schema", std::to_string(kInfoSchema));
    all.member("account", text_of(facts.record.account));
    all.member("uid", std::to_string(facts.record.uid));
    all.member("home", text_of(facts.record.home));
    all.member("jail", text_of(facts.record.manifest.jail));
    all.member("generation", std::to_string(facts.record.manifest.generation));
    all.member("running_since", moment_of(facts.running_since));
    if (allowed) add_allowed(all, facts);
    if (limits) {
        all.member("limits", limits_of(facts));
        all.member("rooms", rooms_of(facts));
    }
    return all.done() + "\n";
}

}  // namespace jail::jailshell
