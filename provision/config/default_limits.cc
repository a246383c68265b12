// SPDX-License-Identifier: Apache-2.0
#include "provision/config/default_limits.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "provision/base/file_io.h"

namespace jail::provision {

namespace {

constexpr std::uint64_t kMemoryStep = 64ull << 20;
constexpr std::uint64_t kMostMemory = 2ull << 30;
constexpr std::size_t kMaxFileBytes = 64u << 10;

// The number that `text` begins with, after blanks; 0: no number.
std::uint64_t leading_number(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    std::uint64_t number = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// Of a container: its control group is the top of what it sees. UINT64_MAX on a host, and where it is not
// limited.
std::uint64_t memory_of_container(const Layout& layout) {
    for (const char* file : {"/memory.max", "/memory/memory.limit_in_bytes"})
        if (const auto text = read_file(layout.cgroup_root + file, kMaxFileBytes); text)
            if (const std::uint64_t bytes = leading_number(text.value()); bytes != 0) return bytes;
    return UINT64_MAX;
}

Result<std::uint64_t> memory_of_machine(const Layout& layout) {
    const std::string text = JAIL_TRY(read_file(layout.memory_info, kMaxFileBytes));
    constexpr std::string_view kKey = "MemTotal:";
    const std::size_t at = text.find(kKey);
    const std::uint64_t kib =
        at == std::string::npos ? 0 : leading_number(std::string_view(text).substr(at + kKey.size()));
    if (kib == 0) return Error(EBADMSG, "read MemTotal from", layout.memory_info);
    return kib << 10;
}

// 0 in a manifest: not limited.
std::uint64_t value_of(const Located<std::uint64_t>& limit, std::uint64_t otherwise = 0) {
    if (!is_written(limit)) return otherwise;
    return limit.value == kNotLimited ? 0 : limit.value;
}

}  // namespace

Result<std::uint64_t> default_memory(const Layout& layout) {
    const std::uint64_t machine = JAIL_TRY(memory_of_machine(layout));
    const std::uint64_t quarter = std::min(machine, memory_of_container(layout)) / 4;
    return std::clamp(quarter / kMemoryStep * kMemoryStep, kMemoryStep, kMostMemory);
}

Limits limits_in_force(const LimitRequest& written, std::uint64_t default_memory) {
    Limits limits;
#define LIMIT(key, type, member, kind, fallback, text) \
    limits.member = static_cast<type>(value_of(written.member, fallback));  // its range is smaller
#include "libjail/policy/limits.def"
#undef LIMIT
    limits.memory_bytes = value_of(written.memory_bytes, default_memory);
    limits.memory_is_default = !is_written(written.memory_bytes);
    static_assert(kNotLimited == kSwapNotLimited);
    limits.swap_bytes = is_written(written.swap_bytes) ? written.swap_bytes.value : 0;
    limits.swap_is_default = !is_written(written.swap_bytes);
    limits.tasks_are_default = !is_written(written.tasks);
    return limits;
}

}  // namespace jail::provision
