// SPDX-License-Identifier: Apache-2.0
#include "jailshell/info/numbers.h"

#include <algorithm>
#include <cstdio>

namespace jail::jailshell {
namespace {

constexpr std::uint32_t kWeek = 7;

std::string clock_text(std::uint32_t minutes) {
    char text[16];
    (void)std::snprintf(text, sizeof text, "%02u:%02u", minutes / 60, minutes % 60);
    return text;
}

}  // namespace

std::optional<std::uint64_t> number_in(std::string_view text) {
    if (text.empty()) return std::nullopt;
    std::uint64_t number = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') return std::nullopt;
        const auto value = static_cast<std::uint64_t>(digit - '0');
        if (number > (UINT64_MAX - value) / 10) return std::nullopt;
        number = 10 * number + value;
    }
    return number;
}

std::vector<std::string_view> words_of(std::string_view text) {
    constexpr std::string_view kSpace = " \t\n";
    std::vector<std::string_view> words;
    for (std::size_t at = text.find_first_not_of(kSpace); at < text.size();
         at = text.find_first_not_of(kSpace, at)) {
        const std::size_t end = std::min(text.find_first_of(kSpace, at), text.size());
        words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

std::optional<std::uint64_t> value_of(std::string_view text, std::string_view key) {
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        const std::vector<std::string_view> words = words_of(line);
        if (words.size() >= 2 && words[0] == key) return number_in(words[1]);
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return std::nullopt;
}

std::string size_in_words(std::uint64_t bytes) {
    static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    std::uint64_t whole = bytes, rest = 0;
    for (; whole >= 1024; whole /= 1024, ++unit) rest = whole % 1024;
    std::string text = std::to_string(whole);
    // A digit behind the point where there are few before it.
    if (unit > 0 && whole < 100 && rest * 10 / 1024 != 0) text += "." + std::to_string(rest * 10 / 1024);
    return text + " " + kUnits[unit];
}

std::string duration_in_words(std::uint64_t seconds) {
    const std::uint64_t hours = seconds / 3600, minutes = seconds / 60 % 60;
    if (hours != 0)
        return std::to_string(hours) + "h" + (minutes != 0 ? " " + std::to_string(minutes) + "m" : "");
    if (minutes != 0)
        return std::to_string(minutes) + "m" +
               (seconds % 60 != 0 ? " " + std::to_string(seconds % 60) + "s" : "");
    return std::to_string(seconds) + "s";
}

std::vector<std::string> times_of(const std::vector<LoginHours>& hours, std::uint32_t day) {
    std::vector<std::string> times;
    for (const LoginHours& one : hours)
        if (one.day == day) times.push_back(clock_text(one.from) + "-" + clock_text(one.to));
    return times;
}

std::string hours_in_words(const std::vector<LoginHours>& hours) {
    std::string text;
    const auto times_on = [&](std::uint32_t place) { return times_of(hours, (place + 1) % kWeek); };
    for (std::uint32_t first = 0, last = 0; first < kWeek; first = last + 1) {
        const std::vector<std::string> times = times_on(first);
        last = first;
        while (last + 1 < kWeek && times_on(last + 1) == times) ++last;
        if (times.empty()) continue;
        text += text.empty() ? "" : ", ";
        text += kDayNames[(first + 1) % kWeek];
        if (last != first) text += std::string("-") + kDayNames[(last + 1) % kWeek];
        for (std::size_t i = 0; i < times.size(); ++i) text += (i == 0 ? " " : " and ") + times[i];
    }
    return text;
}

}  // namespace jail::jailshell
