// SPDX-License-Identifier: Apache-2.0
// The limits of the account's control group: a row says all that any version needs of one. cgroup_limits.cc
// writes the files, the supervisor's scope.cc names the properties and reads the files back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "libjail/confine/cgroup_files.h"
#include "libjail/policy/manifest.h"

namespace jail::cgroup_files {

struct GroupLimit {
    // How the number stands in the policy, and how the kernel has it.
    enum class Unit {
        kBytes,  // counted in whole pages
        kCount,
        kPercent,         // of one processor; written as microseconds of each period
        kBytesPerSecond,  // of the disk that the home is on
    };

    const char* key;  // in the YAML, below limits:
    std::uint64_t Limits::*member;
    bool Limits::*is_default;  // where there is a default
    Unit unit;
    const char* controller;  // cgroup v2 (cgroup-v2.rst)
    const char* file;
    const char* within;    // what stands before the number, in a file with several
    const char* property;  // systemd.resource-control(5), by D-Bus
    Hierarchy legacy;      // cgroup v1
    const char* legacy_file;
    const char* not_limited;  // in that file
};

// Memory before swap, which v1 counts together with it.
inline constexpr GroupLimit kGroupLimits[] = {
    {"memory", &Limits::memory_bytes, &Limits::memory_is_default, GroupLimit::Unit::kBytes, "memory",
     "memory.max", "", "MemoryMax", kMemory, "memory.limit_in_bytes", "-1"},
    {"swap", &Limits::swap_bytes, &Limits::swap_is_default, GroupLimit::Unit::kBytes, "memory",
     "memory.swap.max", "", "MemorySwapMax", kMemory, "memory.memsw.limit_in_bytes", "-1"},
    {"tasks", &Limits::tasks, &Limits::tasks_are_default, GroupLimit::Unit::kCount, "pids", "pids.max", "",
     "TasksMax", kPids, "pids.max", "max"},
    {"cpu", &Limits::cpu_percent, nullptr, GroupLimit::Unit::kPercent, "cpu", "cpu.max", "",
     "CPUQuotaPerSecUSec", kCpu, "cpu.cfs_quota_us", "-1"},
    {"io", &Limits::io_read_bytes, nullptr, GroupLimit::Unit::kBytesPerSecond, "io", "io.max",
     "rbps=", "IOReadBandwidthMax", kBlkio, "blkio.throttle.read_bps_device", "0"},
    {"io", &Limits::io_write_bytes, nullptr, GroupLimit::Unit::kBytesPerSecond, "io", "io.max",
     "wbps=", "IOWriteBandwidthMax", kBlkio, "blkio.throttle.write_bps_device", "0"},
};

inline constexpr std::uint64_t kPeriodUs = 100000;  // in which the share of the processors is counted

// Whether the policy limits it; swap only beside memory, and where there is any.
bool is_limited(const GroupLimit& limit, const Limits& limits);

// The text for its file of v2, or of v1. `device`: the home's, "8:16".
std::string unified_text(const GroupLimit& limit, const Limits& limits, const std::string& device);
std::string legacy_text(const GroupLimit& limit, const Limits& limits, const std::string& device);
// A word, or two, that its file of v2 has once the limit holds.
std::string unified_word(const GroupLimit& limit, const Limits& limits);

// Name, signature and value for busctl(1).
std::vector<std::string> scope_property(const GroupLimit& limit, const Limits& limits,
                                        const std::string& device);

}  // namespace jail::cgroup_files
