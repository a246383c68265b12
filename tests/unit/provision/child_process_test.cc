// SPDX-License-Identifier: Apache-2.0
#include "provision/base/child_process.h"

#include <gtest/gtest.h>

#include <fstream>

#include "libjail/base/clock.h"

namespace jail::provision {
namespace {

TEST(ChildProcess, AProgramGetsItsInputAndMayLeaveItUnread) {
    const std::string path = ::testing::TempDir() + "/child-process-input";
    EXPECT_TRUE(run_with_input({"/bin/cp", "/dev/stdin", path}, "one\ntwo\n", 10s));
    std::ifstream file(path);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "one\ntwo\n");
    EXPECT_TRUE(run_with_input({"/bin/true"}, std::string(1u << 20, 'x'), 10s));
    EXPECT_EQ(std::remove(path.c_str()), 0);
}

TEST(ChildProcess, OneThatFailsOrHangsIsAnError) {
    EXPECT_FALSE(run_with_input({"/bin/false"}, "", 10s));
    EXPECT_FALSE(run_with_input({"/no/such/program"}, "", 10s));
    const auto hung = run_with_input({"/bin/sleep", "1000"}, "", 50ms);
    ASSERT_FALSE(hung);
    EXPECT_EQ(hung.error().code(), ETIMEDOUT);
}

}  // namespace
}  // namespace jail::provision
