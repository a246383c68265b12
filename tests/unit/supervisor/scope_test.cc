// SPDX-License-Identifier: Apache-2.0
#include "supervisor/instance/scope.h"

#include <gtest/gtest.h>

namespace jail::supervisor::scope {
namespace {

std::string arguments(const Limits& limits) {
    std::string line;
    for (const std::string& word : start_arguments("jail-ivy.scope", 77, limits, "8:16")) line += word + " ";
    return line;
}

bool contains(const std::string& line, const std::string& words) {
    return line.find(" " + words + " ") != std::string::npos;
}

TEST(Scope, EveryLimitIsAProperty) {
    Limits limits;
    limits.memory_bytes = 64u << 20;
    limits.swap_bytes = 1u << 20;
    limits.tasks = 40;
    limits.cpu_percent = 250;
    limits.io_read_bytes = 1000;
    limits.io_write_bytes = 2000;
    const std::string line = arguments(limits);
    for (const char* words :
         {"MemoryMax t 67108864", "MemorySwapMax t 1048576", "TasksMax t 40", "CPUQuotaPerSecUSec t 2500000",
          "IOReadBandwidthMax a(st) 1 /dev/block/8:16 1000",
          "IOWriteBandwidthMax a(st) 1 /dev/block/8:16 2000", "PIDs au 1 77", "Slice s jail.slice",
          "Delegate b true", "jail-ivy.scope fail 13"})
        EXPECT_TRUE(contains(line, words)) << words << "\n" << line;
}

TEST(Scope, WhatIsNotLimitedIsNotNamedButForTasks) {
    const std::string line = arguments({});
    EXPECT_TRUE(contains(line, "TasksMax t 18446744073709551615")) << line;
    for (const char* word : {"MemoryMax", "MemorySwapMax", "CPUQuotaPerSecUSec", "IOReadBandwidthMax"})
        EXPECT_EQ(line.find(word), std::string::npos) << word;
    EXPECT_TRUE(contains(line, "jail-ivy.scope fail 8")) << "the number of properties: " << line;
}

TEST(Scope, ADoorJoinsOnlyWhereASupervisorWouldBe) {
    EXPECT_TRUE(Cgroup::at({"/jail.slice/jail-ivy.scope", 1}));
    EXPECT_TRUE(Cgroup::at({"/jail/4001", 6}));
    for (const char* path :
         {"", "/", "/init.scope", "/jail/../init.scope", "jail/4001", "/jail.slice/x.scope"})
        EXPECT_FALSE(Cgroup::at({path, 1})) << path;
    EXPECT_FALSE(Cgroup::at({"/jail/4001", 1u << 5})) << "a hierarchy that there is not";
}

}  // namespace
}  // namespace jail::supervisor::scope
