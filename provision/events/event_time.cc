// SPDX-License-Identifier: Apache-2.0
#include "provision/events/event_time.h"

#include <time.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace jail::provision {

namespace {

std::string formatted(std::int64_t moment, const char* format) {
    const time_t seconds = static_cast<time_t>(moment);
    tm parts = {};
    char text[32] = {};
    (void)::localtime_r(&seconds, &parts);
    (void)::strftime(text, sizeof text, format, &parts);
    return text;
}

}  // namespace

std::string text_of(const nlohmann::json& event, const char* name) {
    const auto found = event.find(name);
    return found != event.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::uint64_t> number_of(const nlohmann::json& event, const char* name) {
    const auto found = event.find(name);
    if (found == event.end() || !found->is_number_integer()) return std::nullopt;
    if (!found->is_number_unsigned() && found->get<std::int64_t>() < 0) return std::nullopt;
    return found->get<std::uint64_t>();
}

std::int64_t time_of(const nlohmann::json& event) {
    const std::string time = text_of(event, "time");
    tm parts = {};
    const char* const end = ::strptime(time.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    return end == nullptr ? 0 : static_cast<std::int64_t>(::timegm(&parts));
}

std::string day_of(std::int64_t moment) {
    return formatted(moment, "%Y-%m-%d");
}

std::string minute_of(std::int64_t moment) {
    return formatted(moment, "%Y-%m-%d %H:%M");
}

std::int64_t parse_since(const std::string& word) {
    tm day = {};
    day.tm_isdst = -1;
    const char* rest = ::strptime(word.c_str(), "%Y-%m-%d", &day);
    if (rest != nullptr && *rest == '\0') return static_cast<std::int64_t>(::mktime(&day));
    char* unit = nullptr;
    const long long number = std::strtoll(word.c_str(), &unit, 10);
    if (unit == word.c_str() || number < 0 || number > 100'000 || unit[0] == '\0' || unit[1] != '\0')
        return -1;
    const std::int64_t seconds = *unit == 's'   ? 1
                                 : *unit == 'm' ? 60
                                 : *unit == 'h' ? 3600
                                 : *unit == 'd' ? 86'400
                                                : 0;
    return seconds == 0 ? -1 : static_cast<std::int64_t>(::time(nullptr)) - number * seconds;
}

}  // namespace jail::provision
