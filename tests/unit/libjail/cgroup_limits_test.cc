// SPDX-License-Identifier: Apache-2.0
// The controllers that the top of cgroup v2 can hand on, by its files.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "libjail/confine/cgroup_files.h"
#include "libjail/confine/group_limits.h"

namespace jail::cgroup_files {
namespace {

// Whether a top with these files hands the controller of memory on.
bool hands_memory_on(const std::map<std::string, std::string>& files) {
    char directory[] = "/tmp/cgroup-test-XXXXXX";
    if (::mkdtemp(directory) == nullptr) return false;
    for (const auto& [name, text] : files) std::ofstream(std::string(directory) + "/" + name) << text;
    const bool can = hands_on(directory, "memory");
    std::filesystem::remove_all(directory);
    return can;
}

TEST(CgroupLimits, TheMachinesTopHandsOnWhatItHas) {
    EXPECT_TRUE(hands_memory_on({{"cgroup.controllers", "cpu memory pids\n"},
                                 {"cgroup.subtree_control", "\n"},
                                 {"cgroup.procs", "1\n2\n"}}));
    EXPECT_FALSE(hands_memory_on({{"cgroup.controllers", "cpu memory_ pids\n"}}));
    EXPECT_FALSE(hands_memory_on({}));
}

TEST(CgroupLimits, AContainersTopDoesNotWhileProcessesAreInIt) {
    std::map<std::string, std::string> files = {{"cgroup.controllers", "cpu memory pids\n"},
                                                {"cgroup.subtree_control", "cpu\n"},
                                                {"cgroup.type", "domain\n"},
                                                {"cgroup.procs", "1\n"}};
    EXPECT_FALSE(hands_memory_on(files));
    files["cgroup.procs"] = "";
    EXPECT_TRUE(hands_memory_on(files)) << "a systemd of its own has moved them";
    files["cgroup.procs"] = "1\n";
    files["cgroup.subtree_control"] = "cpu memory\n";
    EXPECT_TRUE(hands_memory_on(files)) << "it does already";
}

TEST(CgroupLimits, SwapIsLimitedBesideMemoryOnly) {
    Limits limits;
    EXPECT_FALSE(limits_swap(limits));
    limits.memory_bytes = 1u << 30;
    EXPECT_EQ(limits_swap(limits), exists("/proc/swaps"));
    limits.swap_bytes = kSwapNotLimited;
    EXPECT_FALSE(limits_swap(limits));
}

TEST(GroupLimits, EachVersionHasItsOwnWords) {
    Limits limits;
    limits.memory_bytes = (64u << 20) + 1;
    limits.tasks = 40;
    limits.cpu_percent = 250;
    limits.io_write_bytes = 2000;
    std::string unified, legacy, words;
    for (const GroupLimit& limit : kGroupLimits) {
        if (limit.member == &Limits::swap_bytes) continue;  // as this machine has swap
        unified += std::string(limit.file) + " " + unified_text(limit, limits, "8:16") + "\n";
        legacy += std::string(limit.legacy_file) + " " + legacy_text(limit, limits, "8:16") + "\n";
        words += unified_word(limit, limits) + "\n";
    }
    EXPECT_EQ(unified,
              "memory.max 67108865\npids.max 40\ncpu.max 250000 100000\nio.max 8:16 rbps=max\n"
              "io.max 8:16 wbps=2000\n");
    EXPECT_EQ(legacy,
              "memory.limit_in_bytes 67108865\npids.max 40\ncpu.cfs_quota_us 250000\n"
              "blkio.throttle.read_bps_device 8:16 0\nblkio.throttle.write_bps_device 8:16 2000\n");
    EXPECT_EQ(words, "67108864\n40\n250000 100000\nrbps=max\nwbps=2000\n") << "memory in whole pages";
}

TEST(GroupLimits, WithoutALimitTheyAreLifted) {
    for (const GroupLimit& limit : kGroupLimits) {
        EXPECT_FALSE(is_limited(limit, Limits{.tasks = 0})) << limit.key;
        EXPECT_NE(unified_text(limit, Limits{.tasks = 0}, "8:16").find("max"), std::string::npos)
            << limit.key;
    }
}

}  // namespace
}  // namespace jail::cgroup_files
