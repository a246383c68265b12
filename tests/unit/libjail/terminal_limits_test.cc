// SPDX-License-Identifier: Apache-2.0
#include "libjail/policy/terminal_limits.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace jail::terminal_limits {
namespace {

Manifest manifest_with(bool instance_per_session, std::uint32_t sessions, bool linger = false) {
    Manifest manifest;
    manifest.instance_per_session = instance_per_session;
    manifest.limits.sessions = sessions;
    manifest.linger = linger;
    return manifest;
}

TEST(TerminalLimits, TheOneInstanceOfAnAccountHasThemAll) {
    EXPECT_EQ(of_an_instance(manifest_with(false, 0)), kOfAnAccount);
    EXPECT_EQ(of_an_instance(manifest_with(false, 1000)), kOfAnAccount);
    EXPECT_EQ(most_instances(manifest_with(false, 1000)), 0u);
}

TEST(TerminalLimits, InstancesOfSessionsHaveNoMoreTogether) {
    for (std::uint32_t sessions = 0; sessions < 200; ++sessions)
        for (const bool linger : {false, true}) {
            const Manifest manifest = manifest_with(true, sessions, linger);
            EXPECT_LE(most_instances(manifest) * of_an_instance(manifest), kOfAnAccount) << sessions;
            EXPECT_GE(of_an_instance(manifest), 4u) << sessions;
            EXPECT_LE(most_instances(manifest), kMostInstances) << sessions;
        }
    EXPECT_EQ(of_an_instance(manifest_with(true, 1)), kOfAnAccount);
    EXPECT_EQ(of_an_instance(manifest_with(true, 16)), 16u);
}

TEST(TerminalLimits, WhatLingersIsNotHeldByTheLimitOfSessions) {
    EXPECT_EQ(most_instances(manifest_with(true, 2, true)), kMostInstances);
}

}  // namespace
}  // namespace jail::terminal_limits
