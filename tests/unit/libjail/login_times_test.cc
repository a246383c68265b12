// SPDX-License-Identifier: Apache-2.0
#include "libjail/policy/login_times.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace jail {
namespace {

class LoginTimesTest : public ::testing::Test {
protected:
    void SetUp() override { in_zone("UTC"); }
    void TearDown() override { in_zone("UTC"); }
    static void in_zone(const char* zone) {
        ::setenv("TZ", zone, 1);
        ::tzset();
    }

    Manifest manifest_;
};

TEST_F(LoginTimesTest, WithoutTimesALoginIsAlwaysAllowed) {
    EXPECT_TRUE(require_login_time(manifest_, 0));
    EXPECT_FALSE(has_expired(manifest_, 4'000'000'000));
}

TEST_F(LoginTimesTest, TheSecondAfterTheLastDayIsRefusedAndTheOneBeforeIsNot) {
    manifest_.expires_at = 1806537600;  // 2027-04-01 00:00 UTC
    EXPECT_TRUE(require_login_time(manifest_, 1806537599));
    const Result<> late = require_login_time(manifest_, 1806537600);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code(), EUSERS);
    EXPECT_EQ(late.error().message(), "this account's access ended on 2027-03-31");
    EXPECT_TRUE(has_expired(manifest_, 1806537600));
}

TEST_F(LoginTimesTest, HoursCountByTheDayAndTheMinute) {
    manifest_.hours = {{1, 8 * 60, 12 * 60}, {1, 13 * 60, 18 * 60}, {2, 0, 1440}};
    const time_t midnight = 1795996800;  // Monday, 2026-11-30 00:00 UTC
    const auto may = [&](int hour, int minute) {
        return static_cast<bool>(require_login_time(manifest_, midnight + 3600 * hour + 60 * minute));
    };
    EXPECT_FALSE(may(7, 59));
    EXPECT_TRUE(may(8, 0));
    EXPECT_TRUE(may(11, 59));
    EXPECT_FALSE(may(12, 0));
    EXPECT_TRUE(may(13, 0));
    EXPECT_FALSE(may(18, 0));
    EXPECT_FALSE(may(-1, 0)) << "Sunday";
    EXPECT_TRUE(may(24, 0)) << "Tuesday";
    EXPECT_TRUE(may(47, 59));
    EXPECT_FALSE(may(48, 0)) << "Wednesday";
    const std::string why = require_login_time(manifest_, midnight).error().message();
    EXPECT_EQ(why,
              "this account may not log in at this time of the day (it is Mon 00:00 UTC; today: 08:00 to "
              "12:00 and 13:00 to 18:00)");
    EXPECT_NE(require_login_time(manifest_, midnight - 60).error().message().find("today: not at all"),
              std::string::npos);
}

TEST_F(LoginTimesTest, TheHostsTimeZoneCounts) {
    manifest_.hours = {{1, 8 * 60, 9 * 60}};
    const time_t half_past_eight = 1795996800 + 8 * 3600 + 1800;
    EXPECT_TRUE(require_login_time(manifest_, half_past_eight));
    in_zone("XXX-2");
    EXPECT_FALSE(require_login_time(manifest_, half_past_eight)) << "it is 10:30 there";
    EXPECT_TRUE(require_login_time(manifest_, half_past_eight - 7200));
}

}  // namespace
}  // namespace jail
