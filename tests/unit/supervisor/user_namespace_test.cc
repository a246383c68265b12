// SPDX-License-Identifier: Apache-2.0
#include "supervisor/instance/user_namespace.h"

#include <gtest/gtest.h>

namespace jail::supervisor::user_namespace {
namespace {

TEST(UserNamespace, MapsTheAccountItsGroupsAndWhatADoorNeedsToThemselves) {
    const Identity identity{
        "harlequin", 1001, 1002, "/home/harlequin", "", "", {{"harlequin", 1002}, {"games", 60}}};
    EXPECT_EQ(uid_map(identity, UserNamespace::kSelf), "0 0 1\n1001 1001 1\n");
    EXPECT_EQ(gid_map(identity, UserNamespace::kSelf), "0 0 1\n5 5 1\n60 60 1\n1002 1002 1\n");
}

TEST(UserNamespace, MapsTheAccountAloneToRootForFakeroot) {
    const Identity identity{
        "harlequin", 1001, 1002, "/home/harlequin", "", "", {{"harlequin", 1002}, {"games", 60}}};
    EXPECT_EQ(uid_map(identity, UserNamespace::kFakeroot), "0 1001 1\n");
    EXPECT_EQ(gid_map(identity, UserNamespace::kFakeroot), "0 1002 1\n");
}

TEST(UserNamespace, NoIdStandsTwice) {
    const Identity identity{"tty", 5, 5, "/home/tty", "", "", {{"tty", 5}}};
    EXPECT_EQ(gid_map(identity, UserNamespace::kSelf), "0 0 1\n5 5 1\n");
}

}  // namespace
}  // namespace jail::supervisor::user_namespace
