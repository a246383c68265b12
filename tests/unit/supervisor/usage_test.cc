// SPDX-License-Identifier: Apache-2.0
#include "supervisor/watch/usage.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace jail::supervisor {
namespace {

class UsageTest : public ::testing::Test {
protected:
    void SetUp() override {
        char path[] = "/tmp/usage_test.XXXXXX";
        ASSERT_NE(::mkdtemp(path), nullptr);
        directory_ = path;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }
    void write(const std::string& name, const std::string& content) const {
        std::ofstream(directory_ + "/" + name) << content;
    }
    std::string directory_;
};

TEST_F(UsageTest, TheUnifiedHierarchy) {
    write("memory.peak", "1048576\n");
    write("cpu.stat", "usage_usec 4711\nuser_usec 4000\nsystem_usec 711\n");
    write("memory.events", "low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\n");
    write("pids.events", "max 7\n");
    const Usage usage({directory_});
    EXPECT_EQ(usage.peak_memory_bytes(), 1048576u);
    EXPECT_EQ(usage.cpu_usec(), 4711u);
    EXPECT_EQ(usage.limit_hits().memory, 3u);
    EXPECT_EQ(usage.limit_hits().oom_kills, 5u);
    EXPECT_EQ(usage.limit_hits().tasks, 7u);
    EXPECT_EQ(usage.event_files().size(), 2u);
}

TEST_F(UsageTest, TheLegacyHierarchies) {
    write("memory.max_usage_in_bytes", "8192\n");
    write("memory.failcnt", "9\n");
    write("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
    write("pids.events", "max 1\n");
    const Usage usage({"/nonexistent", directory_});
    EXPECT_EQ(usage.peak_memory_bytes(), 8192u);
    EXPECT_EQ(usage.cpu_usec(), std::nullopt);
    EXPECT_EQ(usage.limit_hits().memory, 9u);
    EXPECT_EQ(usage.limit_hits().oom_kills, 2u);
    EXPECT_EQ(usage.limit_hits().tasks, 1u);
}

TEST_F(UsageTest, WhatIsNotCountedIsAbsent) {
    const Usage usage({directory_});
    EXPECT_EQ(usage.peak_memory_bytes(), std::nullopt);
    EXPECT_EQ(usage.cpu_usec(), std::nullopt);
    EXPECT_EQ(usage.limit_hits().tasks, 0u);
    EXPECT_TRUE(usage.event_files().empty());
}

}  // namespace
}  // namespace jail::supervisor
