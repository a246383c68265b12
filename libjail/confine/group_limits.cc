// SPDX-License-Identifier: Apache-2.0
#include "libjail/confine/group_limits.h"

#include <unistd.h>

namespace jail::cgroup_files {
namespace {

using Unit = GroupLimit::Unit;

bool is_swap(const GroupLimit& limit) {
    return limit.member == &Limits::swap_bytes;
}

// The number as the kernel is told it; `otherwise` where it is not limited.
std::string number(const GroupLimit& limit, const Limits& limits, const char* otherwise) {
    const std::uint64_t value = limits.*limit.member;
    if (!is_limited(limit, limits)) return otherwise;
    return std::to_string(limit.unit == Unit::kPercent ? value * (kPeriodUs / 100) : value);
}

}  // namespace

bool is_limited(const GroupLimit& limit, const Limits& limits) {
    return is_swap(limit) ? limits_swap(limits) : limits.*limit.member != 0;
}

std::string unified_text(const GroupLimit& limit, const Limits& limits, const std::string& device) {
    const std::string text = limit.within + number(limit, limits, "max");
    if (limit.unit == Unit::kPercent) return text + " " + std::to_string(kPeriodUs);
    return limit.unit == Unit::kBytesPerSecond ? device + " " + text : text;
}

std::string legacy_text(const GroupLimit& limit, const Limits& limits, const std::string& device) {
    const std::string text = number(limit, limits, limit.not_limited);
    return limit.unit == Unit::kBytesPerSecond ? device + " " + text : text;
}

std::string unified_word(const GroupLimit& limit, const Limits& limits) {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    if (limit.unit == Unit::kBytes) return std::to_string(limits.*limit.member / page * page);
    return limit.unit == Unit::kBytesPerSecond ? limit.within + number(limit, limits, "max")
                                               : unified_text(limit, limits, {});
}

std::vector<std::string> scope_property(const GroupLimit& limit, const Limits& limits,
                                        const std::string& device) {
    const std::uint64_t value = limits.*limit.member;
    if (limit.unit == Unit::kBytesPerSecond)
        return {limit.property, "a(st)", "1", "/dev/block/" + device, std::to_string(value)};
    constexpr std::uint64_t kUsOfPercent = 10'000;  // of a second
    return {limit.property, "t", std::to_string(limit.unit == Unit::kPercent ? value * kUsOfPercent : value)};
}

}  // namespace jail::cgroup_files
