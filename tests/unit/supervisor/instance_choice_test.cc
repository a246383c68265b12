// SPDX-License-Identifier: Apache-2.0
#include "supervisor/instance_choice.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "libjail/session/protocol.h"

namespace jail::supervisor {
namespace {

TEST(InstanceChoice, WithoutInstancesOfSessionsItIsTheAccounts) {
    std::vector<Session> sessions(2);
    for (Session& session : sessions) session.admitted = true;
    for (const std::uint32_t wanted : {protocol::kAnyInstance, protocol::kWholeAccount}) {
        const auto chosen = choose_session(sessions, wanted);
        ASSERT_TRUE(chosen);
        EXPECT_EQ(chosen.value(), nullptr);
    }
}

TEST(InstanceChoice, ASessionThatIsNoneIsAnErrorWithItsNumber) {
    const auto chosen = choose_session({}, 3);
    ASSERT_FALSE(chosen);
    EXPECT_EQ(chosen.error().code(), ESRCH);
    EXPECT_EQ(chosen.error().message(), "there is no session 3 with a jail of its own");
}

}  // namespace
}  // namespace jail::supervisor
