// SPDX-License-Identifier: Apache-2.0
#include "provision/host/account.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "provision/base/problem.h"
#include "tests/unit/provision/test_host.h"

namespace jail::provision {
namespace {

using testing::HasSubstr;

std::string refusal(const Result<>& result) {
    return result ? "" : describe(result.error());
}

TEST(AccountName, RefusesWhatCouldBeSomethingElse) {
    for (const char* name :
         {"../x", "-rf", "", "a/b", "Root", "a b", "a:b", "a\nb", "$(id)", "a$", "root", "1abc"})
        EXPECT_NE(refusal(check_account_name(name)), "") << name;
    EXPECT_EQ(refusal(check_account_name("harlequin")), "");
}

TEST(AccountRules, RefusesRootAndSystemAccounts) {
    EXPECT_THAT(refusal(check_account({"toor", 0, 0, "/root", "/bin/sh"}, true)),
                HasSubstr("root is never jailed"));
    EXPECT_THAT(refusal(check_account({"www-data", 33, 33, "/var/www", "/bin/sh"}, false)),
                HasSubstr("--system"));
    EXPECT_EQ(refusal(check_account({"www-data", 33, 33, "/var/www", "/bin/sh"}, true)), "");
}

TEST(AccountRules, UnknownAccountsAreEnoent) {
    const Result<Account> account = find_account("nosuchaccount-xyz");
    ASSERT_FALSE(account);
    EXPECT_EQ(account.error().code(), ENOENT);
    EXPECT_EQ(find_account("root").value().uid, 0u);
}

TEST(AccountHome, RefusesPlacesOfTheJail) {
    for (const char* home : {"/", "", "relative", "/etc/x", "/usr", "/proc/1", "/dev", "/run/x", "/tmp/x",
                             "/home/../etc", "/lib64/x", "/var/run/x"})
        EXPECT_NE(refusal(check_home({"h", 1000, 1000, home, ""})), "") << home;
}

// Under the working directory: /tmp itself is refused.
class AccountHomeTest : public testing::Test {
protected:
    AccountHomeTest() {
        std::string pattern = std::filesystem::current_path().string() + "/home-test-XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr)
            return;  // the working directory is not ours: the test skips
        directory_ = pattern;
        (void)::chmod(directory_.c_str(), 0755);
        std::filesystem::create_directories(directory_ + "/h");
        (void)::chmod((directory_ + "/h").c_str(), 0700);
    }
    ~AccountHomeTest() override {
        std::error_code ignored;
        if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
    }
    std::string check(const std::string& home, unsigned uid = ::getuid()) {
        return refusal(check_home({"h", uid, uid, home, ""}, ::getuid()));
    }
    std::string directory_;
};

TEST_F(AccountHomeTest, ChecksOwnerModeAndSymlinks) {
    if (directory_.empty()) GTEST_SKIP() << "the working directory cannot be written";
    const std::string home = directory_ + "/h";
    if (const std::string above = check(home); !above.empty())
        GTEST_SKIP() << "no trusted directory to test in: " << above;
    EXPECT_THAT(check(home, ::getuid() + 1), HasSubstr("belongs to uid"));
    EXPECT_THAT(check(home + "/none"), HasSubstr("No such file"));
    std::filesystem::create_directory_symlink(directory_, directory_ + "/link");
    EXPECT_THAT(check(directory_ + "/link/h"), HasSubstr("symlink"));
    EXPECT_THAT(check(directory_ + "/link"), HasSubstr("symlink"));
    ASSERT_EQ(::chmod(directory_.c_str(), 0777), 0);
    EXPECT_THAT(check(home), HasSubstr("writable by group or others"));
}

}  // namespace
}  // namespace jail::provision
