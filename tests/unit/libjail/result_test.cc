// SPDX-License-Identifier: Apache-2.0
#include "libjail/base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace jail {
namespace {

Result<std::unique_ptr<int>> make(bool good) {
    if (!good) return Error(EPERM, "open", "/x");
    return std::make_unique<int>(7);
}

Result<int> twice(bool good) {
    const auto value = JAIL_TRY(make(good));
    return *value * 2;
}

TEST(Result, TryHandsOnTheValue) {
    EXPECT_EQ(twice(true).value(), 14);
}

TEST(Result, TryHandsOnTheError) {
    const auto result = twice(false);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), EPERM);
    EXPECT_EQ(result.error().message(), "open /x: Operation not permitted");
}

TEST(Result, ARefusalIsASentenceOfItsOwn) {
    const Error refusal = refused(EUSERS, "this account has 2 sessions open; end one of them first");
    EXPECT_TRUE(refusal.is_refusal());
    EXPECT_EQ(refusal.code(), EUSERS);
    EXPECT_EQ(refusal.message(), "this account has 2 sessions open; end one of them first");
    EXPECT_FALSE(Error(EUSERS, "clone3", "").is_refusal());
}

TEST(ResultDeathTest, AskingAFailureForItsValueOrASuccessForItsErrorEndsTheProcess) {
    EXPECT_DEATH((void)make(false).value(), "");
    EXPECT_DEATH((void)make(true).error(), "");
    EXPECT_DEATH(Result<>(Error(EPERM, "open", "/x")).value(), "");
    EXPECT_DEATH((void)success().error(), "");
}

}  // namespace
}  // namespace jail
