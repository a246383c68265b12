// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "jailshell/info/numbers.h"
#include "jailshell/info/report.h"
#include "libjail/base/escape.h"

namespace jail::jailshell {
namespace {

using Unit = LimitUse::Unit;

constexpr std::size_t kMargin = 12;       // where the values begin
constexpr std::size_t kMostInBrief = 24;  // commands that are worth a line each time

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(text.size() + 1, width), ' ');
    return text;
}

// The words behind a heading, in as many lines as they need.
std::string block(const std::string& heading, const std::vector<std::string>& words, std::size_t width) {
    std::string text, line = padded(heading, kMargin);
    bool is_first = true;
    for (const std::string& word : words) {
        if (!is_first && line.size() + 1 + word.size() > width) {
            text += line + "\n";
            line.assign(kMargin, ' ');
            is_first = true;
        }
        line += (is_first ? "" : " ") + word;
        is_first = false;
    }
    return text + line + "\n";
}

std::string row(const std::string& heading, const std::string& value, std::size_t width) {
    std::vector<std::string> words;
    for (const std::string_view word : words_of(value)) words.emplace_back(word);
    return block(heading, words, width);
}

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
    return text;
}

// A file's name is anybody's bytes, and this goes to a terminal.
std::vector<std::string> clean(const std::vector<std::string>& names) {
    std::vector<std::string> safe;
    for (const std::string& name : names) safe.push_back(printable(name));
    return safe;
}

// By the jail's own time zone, which need not be the host's: it is named.
std::string moment_in_words(std::uint64_t seconds) {
    const auto moment = static_cast<time_t>(seconds);
    struct tm local = {};
    char text[64] = "";
    if (::localtime_r(&moment, &local) != nullptr)
        (void)::strftime(text, sizeof text, "%Y-%m-%d %H:%M %Z", &local);
    return text;
}

std::string ways_in_words(const Access& ways) {
    std::vector<std::string> names;
    const std::pair<bool, const char*> all[] = {{ways.shell, "shell"},
                                                {ways.sftp, "sftp"},
                                                {ways.scp, "scp"},
                                                {ways.rsync, "rsync"},
                                                {ways.git, "git"}};
    for (const auto& [open, name] : all)
        if (open) names.emplace_back(name);
    return names.empty() ? "none" : joined(names);
}

bool is_alone(const Facts& facts) {
    return facts.record.manifest.network == Network::kNone;
}

std::string writable_in_words(const Facts& facts) {
    std::vector<std::string> places;
    for (const MountPlace& place : facts.writable)
        places.push_back(printable(place.path) + (place.programs ? " (programs in it can be run)" : ""));
    return places.empty() ? "none" : joined(places);
}

std::string amount(Unit unit, std::uint64_t value) {
    switch (unit) {
        case Unit::kBytes:
            return size_in_words(value);
        case Unit::kBytesPerSecond:
            return size_in_words(value) + " a second";
        case Unit::kSeconds:
            return duration_in_words(value);
        case Unit::kPercent:
            return std::to_string(value) + "% of one processor";
        case Unit::kCount:
            break;
    }
    return std::to_string(value);
}

std::string table_row(const std::string& name, const std::string& used, const std::string& of,
                      const std::string& left) {
    std::string line = padded(name, 14) + padded(used, 12) + padded(of, 24) + left;
    while (line.back() == ' ') line.pop_back();
    return line + "\n";
}

}  // namespace

std::string allowed_in_words(const Facts& facts, std::size_t width) {
    const Manifest& manifest = facts.record.manifest;
    std::string text =
        row("account", facts.record.account + " (uid " + std::to_string(facts.record.uid) + ")", width);
    text +=
        row("jail",
            manifest.jail + ", generation " + std::to_string(manifest.generation) +
                (facts.running_since == 0 ? "" : ", running since " + moment_in_words(facts.running_since)),
            width);
    text += row("ways in", ways_in_words(facts.ways), width);
    text += row("network",
                is_alone(facts) ? "none; forwards reach the jail's own 127.0.0.1 and ::1"
                                : "the host's; forwards reach what it reaches",
                width);
    std::vector<std::string> commands = clean(facts.commands);
    commands.insert(commands.begin(), std::to_string(facts.commands.size()) + ":");
    text += block("commands", commands, width);
    text += row("writable", writable_in_words(facts), width);
    text +=
        row("home", manifest.home_exec ? "programs in it can be run" : "programs in it cannot be run", width);
    text +=
        row("expires", manifest.expires_at == 0 ? "never" : moment_in_words(manifest.expires_at - 1), width);
    const std::string hours = hours_in_words(manifest.hours);
    return text + row("hours", hours.empty() ? "always" : hours + ", by the host's clock", width);
}

std::string limits_in_words(const Facts& facts) {
    std::string text = table_row("limit", "used", "of", "left");
    const auto words = [](Unit unit, const std::optional<std::uint64_t>& value, const char* otherwise) {
        return value ? amount(unit, *value) : otherwise;
    };
    for (const LimitUse& limit : facts.limits) {
        std::string used = words(limit.unit, limit.used, "");
        text += table_row(limit.key, used, words(limit.unit, limit.limit, "no limit"),
                          words(limit.unit, limit.left(), ""));
    }
    for (const Room& room : facts.rooms)
        text += table_row(room.path == facts.record.home ? "home" : room.path, size_in_words(room.used()),
                          size_in_words(room.size), size_in_words(room.left));
    return text;
}

std::string allowed_in_brief(const Facts& facts, std::size_t width) {
    const Manifest& manifest = facts.record.manifest;
    std::string allowed = ways_in_words(facts.ways);
    allowed += is_alone(facts) ? "; no network" : "; the host's network";
    if (!manifest.home_exec) allowed += "; no programs in the home";
    const std::size_t count = facts.commands.size();
    if (count > kMostInBrief)
        return row("allowed", allowed + "; " + std::to_string(count) + " commands (jail-info has the list)",
                   width);
    return row("allowed", allowed, width) + block("commands", clean(facts.commands), width);
}

std::string limits_in_brief(const Facts& facts, std::size_t width) {
    std::vector<std::string> parts;
    for (const LimitUse& limit : facts.limits)
        if (const auto left = limit.left())
            parts.push_back(limit.key + " " + amount(limit.unit, *left) + " of " +
                            amount(limit.unit, *limit.limit));
    for (const Room& room : facts.rooms)
        if (room.path != "/dev/shm")
            parts.push_back((room.path == facts.record.home ? "home" : room.path) + " " +
                            size_in_words(room.left) + " of " + size_in_words(room.size));
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) parts[i] += ",";
    return block("left", parts, width);
}

}  // namespace jail::jailshell
