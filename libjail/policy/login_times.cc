// SPDX-License-Identifier: Apache-2.0
#include "libjail/policy/login_times.h"

#include <algorithm>
#include <cstdint>

namespace jail {
namespace {

Result<tm> parts_of(time_t moment) {
    tm parts = {};
    ::tzset();  // the host's zone may be another one by now; localtime_r(3) reads it once
    if (::localtime_r(&moment, &parts) == nullptr) return errno_error("read", "the local time");
    return parts;
}

std::string text_of(const tm& parts, const char* format) {
    char text[64];
    return {text, ::strftime(text, sizeof text, format, &parts)};
}

// "08:00"
std::string clock_text(std::uint32_t minute) {
    const auto two = [](std::uint32_t number) {
        return std::string(number < 10 ? "0" : "") + std::to_string(number);
    };
    return two(minute / 60) + ":" + two(minute % 60);
}

// "08:00 to 12:00 and 13:00 to 18:00"; empty: not on this day
std::string hours_of(const Manifest& manifest, std::uint32_t day) {
    std::string text;
    for (const LoginHours& hours : manifest.hours)
        if (hours.day == day)
            text += (text.empty() ? "" : " and ") + clock_text(hours.from) + " to " + clock_text(hours.to);
    return text;
}

}  // namespace

bool has_expired(const Manifest& manifest, time_t moment) {
    return manifest.expires_at != 0 && static_cast<std::uint64_t>(moment) >= manifest.expires_at;
}

Result<> require_login_time(const Manifest& manifest, time_t moment) {
    if (has_expired(manifest, moment)) {
        const tm last = JAIL_TRY(parts_of(static_cast<time_t>(manifest.expires_at - 1)));
        return refused(EUSERS, "this account's access ended on " + text_of(last, "%Y-%m-%d"));
    }
    if (manifest.hours.empty()) return success();
    const tm parts = JAIL_TRY(parts_of(moment));
    const auto day = static_cast<std::uint32_t>(parts.tm_wday);
    const auto minute = static_cast<std::uint32_t>(parts.tm_hour * 60 + parts.tm_min);
    const bool may = std::any_of(manifest.hours.begin(), manifest.hours.end(), [&](const LoginHours& hours) {
        return hours.day == day && hours.from <= minute && minute < hours.to;
    });
    if (may) return success();
    const std::string today = hours_of(manifest, day);
    return refused(EUSERS, "this account may not log in at this time of the day (it is " +
                               text_of(parts, "%a %H:%M %Z") +
                               "; today: " + (today.empty() ? "not at all" : today) + ")");
}

}  // namespace jail
