#include "supervisor/watch/session_watch.h"

#include <gtest/gtest.h>

namespace jail::supervisor {
namespace {

WatchedSession session_since(long long now_ms) {
    return {.opener = 1, .opened_ms = now_ms, .active_ms = now_ms};
}

TEST(SessionWatchTest, WithoutALimitNothingIsEverDue) {
    SessionWatch watch({}, "harlequin");
    WatchedSession session = session_since(1000);
    watch.look({&session}, 1000);
    EXPECT_EQ(watch.due_in(1000), -1);
}

// Whatever wakes the supervisor (a login anywhere on the host, a datagram of the account's) makes it look.
TEST(SessionWatchTest, LooksInBetweenDoNotPutOffWhatIsDue) {
    Limits limits;
    limits.idle_seconds = 100;
    SessionWatch watch(limits, "harlequin");
    WatchedSession session = session_since(1000);
    watch.look({&session}, 1000);
    ASSERT_EQ(watch.due_in(1000), 10'000);
    for (long long now = 1000; now < 11'000; now += 100) watch.look({&session}, now);
    EXPECT_EQ(watch.due_in(11'000), 0);
}

TEST(SessionWatchTest, WhoComesLaterIsLookedAtInTimeAsWell) {
    Limits limits;
    limits.session_seconds = 100;
    SessionWatch watch(limits, "harlequin");
    WatchedSession first = session_since(1000), second = session_since(50'000);
    watch.look({&first}, 1000);
    ASSERT_EQ(watch.due_in(1000), 60'000);
    watch.look({&first, &second}, 90'000);
    EXPECT_EQ(watch.due_in(90'000), 11'000);  // the first one's hundred seconds
}

TEST(SessionWatchTest, WithoutSessionsNothingIsDue) {
    Limits limits;
    limits.idle_seconds = 100;
    SessionWatch watch(limits, "harlequin");
    WatchedSession session = session_since(1000);
    watch.look({&session}, 1000);
    watch.look({}, 2000);
    EXPECT_EQ(watch.due_in(2000), -1);
}

}  // namespace
}  // namespace jail::supervisor
