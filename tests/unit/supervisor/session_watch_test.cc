// SPDX-License-Identifier: Apache-2.0
#include "supervisor/watch/session_watch.h"

#include <gtest/gtest.h>

namespace jail::supervisor {
namespace {

Time at(long long ms) {
    return Time(std::chrono::milliseconds(ms));
}

WatchedSession session_since(long long ms) {
    return {.opener = 1, .opened_at = at(ms), .active_at = at(ms)};
}

TEST(SessionWatchTest, WithoutALimitNothingIsEverDue) {
    SessionWatch watch({}, "harlequin");
    WatchedSession session = session_since(1000);
    watch.look({&session}, at(1000));
    EXPECT_EQ(watch.due(), Deadline());
}

// Whatever wakes the supervisor (a login anywhere on the host, a datagram of the account's) makes it look.
TEST(SessionWatchTest, LooksInBetweenDoNotPutOffWhatIsDue) {
    Limits limits;
    limits.idle_seconds = 100;
    SessionWatch watch(limits, "harlequin");
    WatchedSession session = session_since(1000);
    watch.look({&session}, at(1000));
    ASSERT_EQ(watch.due(), Deadline(at(11'000)));
    for (long long now = 1000; now < 11'000; now += 100) watch.look({&session}, at(now));
    EXPECT_EQ(watch.due(), Deadline(at(11'000)));
}

TEST(SessionWatchTest, WhoComesLaterIsLookedAtInTimeAsWell) {
    Limits limits;
    limits.session_seconds = 100;
    SessionWatch watch(limits, "harlequin");
    WatchedSession first = session_since(1000), second = session_since(50'000);
    watch.look({&first}, at(1000));
    ASSERT_EQ(watch.due(), Deadline(at(61'000)));
    watch.look({&first, &second}, at(90'000));
    EXPECT_EQ(watch.due(), Deadline(at(101'000)));  // the first one's hundred seconds
}

TEST(SessionWatchTest, AFrozenSessionIsNotIdle) {
    Limits limits;
    limits.idle_seconds = 100;
    SessionWatch watch(limits, "harlequin");
    WatchedSession session = session_since(1000);
    watch.look({&session}, at(1000));
    for (long long now = 11'000; now < 500'000; now += 10'000) watch.look({&session}, at(now), true);
    EXPECT_FALSE(session.hung_up_at);
    EXPECT_EQ(session.active_at, at(491'000)) << "it counts as idle from the thaw on";
}

TEST(SessionWatchTest, WithoutSessionsNothingIsDue) {
    Limits limits;
    limits.idle_seconds = 100;
    SessionWatch watch(limits, "harlequin");
    WatchedSession session = session_since(1000);
    watch.look({&session}, at(1000));
    watch.look({}, at(2000));
    EXPECT_EQ(watch.due(), Deadline());
}

}  // namespace
}  // namespace jail::supervisor
