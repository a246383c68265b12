// The controllers that the top of cgroup v2 can hand on, by its files.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "libjail/confine/cgroup_files.h"

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

}  // namespace
}  // namespace jail::cgroup_files
