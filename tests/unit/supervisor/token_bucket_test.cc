// SPDX-License-Identifier: Apache-2.0
#include "supervisor/base/token_bucket.h"

#include <gtest/gtest.h>

namespace jail::supervisor {
namespace {

int taken(TokenBucket& bucket, int attempts, long long now_ms) {
    int count = 0;
    for (int i = 0; i < attempts; ++i) count += bucket.take(Time(std::chrono::milliseconds(now_ms))) ? 1 : 0;
    return count;
}

TEST(TokenBucketTest, ABurstPassesAndTheRestIsCounted) {
    TokenBucket bucket(10, 300);
    EXPECT_EQ(taken(bucket, 100, 1000), 10);
    EXPECT_EQ(bucket.take_suppressed(), 90u);
    EXPECT_EQ(bucket.suppressed(), 0u);
}

TEST(TokenBucketTest, ItFillsAtItsRateAndNeverBeyondTheBurst) {
    TokenBucket bucket(10, 300);
    EXPECT_EQ(taken(bucket, 100, 1000), 10);
    EXPECT_EQ(taken(bucket, 100, 1200), 1);
    EXPECT_EQ(taken(bucket, 100, 2200), 5);
    EXPECT_EQ(taken(bucket, 100, 90'000'000), 10);
}

TEST(TokenBucketTest, ManySmallStepsLoseNothing) {
    TokenBucket bucket(1, 300);
    EXPECT_EQ(taken(bucket, 1, 1), 1);
    int count = 0;
    for (long long now = 2; now <= 2001; ++now) count += taken(bucket, 1, now);
    EXPECT_EQ(count, 10);
}

TEST(TokenBucketTest, LessThanOneASecond) {
    TokenBucket bucket(1, 12);
    EXPECT_EQ(taken(bucket, 9, 1), 1);
    EXPECT_EQ(taken(bucket, 9, 5000), 0);
    EXPECT_EQ(taken(bucket, 9, 5001), 1);
}

}  // namespace
}  // namespace jail::supervisor
