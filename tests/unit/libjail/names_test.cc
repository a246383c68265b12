// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "libjail/policy/manifest.h"
#include "libjail/policy/trusted_store.h"

namespace jail {
namespace {

TEST(Names, AccountsThatCouldBePathsOrOptionsAreRefused) {
    for (const char* name : {"harlequin", "_apt", "a", "john.doe", "web-1", "user_2"})
        EXPECT_TRUE(valid_account_name(name)) << name;
    for (const char* name : {"", "../x", "-rf", ".hidden", "a/b", "a b", "a\nb", "Root", "1abc", "x$", "a:b"})
        EXPECT_FALSE(valid_account_name(name)) << name;
    EXPECT_FALSE(valid_account_name(std::string(33, 'a')));
    EXPECT_FALSE(valid_account_name(std::string_view("a\0b", 3)));
}

// ENOENT would mean a home that a session module may still make.
TEST(Names, AHomeThatIsNoAbsolutePathIsNotOneThatIsMissing) {
    for (const char* home : {"", "home/harlequin", "/home/../root", "/home/"})
        EXPECT_EQ(open_home(home, 1001).error().code(), EINVAL) << home;
}

TEST(Names, JailsAreOnePathComponent) {
    for (const char* name : {"arkham", "jail-1", "7"}) EXPECT_TRUE(valid_jail_name(name)) << name;
    for (const char* name : {"", ".", "..", "a/b", "-x", "_x", "A", "a.b"})
        EXPECT_FALSE(valid_jail_name(name)) << name;
}

TEST(Names, PathsAreAbsoluteAndPlain) {
    for (const char* path : {"/", "/a", "/a/b", "/a/.b", "/a/..b"})
        EXPECT_TRUE(valid_absolute_path(path)) << path;
    for (const char* path : {"", "a", "//", "/a/", "/a//b", "/a/./b", "/a/../b", "/..", "/a\nb"})
        EXPECT_FALSE(valid_absolute_path(path)) << path;
    EXPECT_FALSE(valid_absolute_path("/" + std::string(4096, 'a')));
    EXPECT_FALSE(valid_absolute_path("/" + std::string(256, 'a')));
}

}  // namespace
}  // namespace jail
