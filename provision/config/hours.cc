// SPDX-License-Identifier: Apache-2.0
#include "provision/config/hours.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <utility>

namespace jail::provision {

namespace {

constexpr std::uint32_t kDay = 24 * 60, kWeek = 7;

// The days of "mon", "mon-fri", "sat-mon"; none: neither.
std::vector<std::uint32_t> read_days(std::string_view text) {
    const auto number = [](std::string_view name) -> std::optional<std::uint32_t> {
        const auto* const found = std::find(std::begin(kDays), std::end(kDays), name);
        if (found == std::end(kDays)) return std::nullopt;
        return static_cast<std::uint32_t>(found - std::begin(kDays));
    };
    const std::size_t dash = text.find('-');
    const auto first = number(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(text.substr(dash + 1));
    std::vector<std::uint32_t> days;
    if (!first || !last) return days;
    for (std::uint32_t day = *first;; day = (day + 1) % kWeek) {
        days.push_back(day);
        if (day == *last) return days;
    }
}

// "08:30", in minutes.
std::optional<std::uint32_t> read_clock(std::string_view text, bool is_end) {
    const auto digit = [&](std::size_t at) { return static_cast<std::uint32_t>(text[at] - '0'); };
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    for (const std::size_t at : {0, 1, 3, 4})
        if (text[at] < '0' || text[at] > '9') return std::nullopt;
    const std::uint32_t hour = 10 * digit(0) + digit(1), minute = 10 * digit(3) + digit(4);
    if (minute > 59 || hour > 24) return std::nullopt;
    if (hour == 24 && (minute != 0 || !is_end)) return std::nullopt;
    return 60 * hour + minute;
}

std::optional<std::pair<std::uint32_t, std::uint32_t>> read_times(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::kScalar || node.scalar.size() != 11 || node.scalar[5] != '-')
        return std::nullopt;
    const std::string_view text = node.scalar;
    const auto from = read_clock(text.substr(0, 5), false), to = read_clock(text.substr(6), true);
    if (!from || !to || *from == *to) return std::nullopt;
    return std::pair(*from, *to);
}

void add(std::vector<LoginHours>& hours, std::uint32_t day, std::uint32_t from, std::uint32_t to) {
    if (from < to) {
        hours.push_back({day, from, to});
        return;
    }
    hours.push_back({day, from, kDay});
    if (to > 0) hours.push_back({(day + 1) % kWeek, 0, to});
}

void read_entry(FieldReader& in, const YamlNode& name, const YamlNode& value,
                std::vector<LoginHours>& hours) {
    const std::vector<std::uint32_t> days =
        name.kind == YamlNode::Kind::kScalar ? read_days(name.scalar) : std::vector<std::uint32_t>();
    if (days.empty()) return in.wrong(name, "a day like mon, or days like mon-fri");
    const bool is_list = value.kind == YamlNode::Kind::kList;
    if (is_list && value.items.empty()) return in.wrong(value, "at least one time");
    for (std::size_t i = 0; i < (is_list ? value.items.size() : 1); ++i) {
        const YamlNode& item = is_list ? value.items[i] : value;
        const auto times = read_times(item);
        if (!times) {
            in.wrong(item, "a time from one hour to another, like 08:00-18:00");
            continue;
        }
        for (const std::uint32_t day : days) add(hours, day, times->first, times->second);
    }
}

}  // namespace

std::string times_in_words(const LoginHours& hours) {
    char text[32];
    (void)std::snprintf(text, sizeof text, "%02u:%02u-%02u:%02u", hours.from / 60, hours.from % 60,
                        hours.to / 60, hours.to % 60);
    return text;
}

void read_hours(FieldReader& in, const YamlNode& value, Policy& policy, const Kind&) {
    if (!in.is_map(value, "days and times, like {mon-fri: 08:00-18:00}")) return;
    if (value.items.empty()) return in.wrong(value, "at least one day");
    std::vector<LoginHours> hours;
    for (std::size_t i = 0; i + 1 < value.items.size(); i += 2)
        read_entry(in, value.items[i], value.items[i + 1], hours);
    std::sort(hours.begin(), hours.end(), [](const LoginHours& one, const LoginHours& other) {
        return std::pair(one.day, one.from) < std::pair(other.day, other.from);
    });
    policy.hours = std::move(hours);
}

}  // namespace jail::provision
