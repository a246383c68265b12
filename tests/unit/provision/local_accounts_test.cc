// SPDX-License-Identifier: Apache-2.0
#include "provision/host/local_accounts.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <optional>

namespace jail::provision {
namespace {

namespace fs = std::filesystem;

class LocalAccountsTest : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_NE(::mkdtemp(directory_), nullptr);
        few_.emplace(path("passwd"), path("nsswitch.conf"));
        write("passwd", "one:x:1001:1001::/home/one:/bin/sh\none:x:7:7::/:/bin/false\n");
        write("nsswitch.conf", "group: files\npasswd:   files systemd\n");
    }
    void TearDown() override { fs::remove_all(directory_); }

    std::string path(const char* name) const { return std::string(directory_) + "/" + name; }
    void write(const char* name, const std::string& text) const { std::ofstream(path(name)) << text; }
    // The answer once the file is worth reading.
    const Account* answer(const std::string& name) {
        for (int i = 0; i < 16; ++i) EXPECT_EQ(few_->find(name), nullptr);
        return few_->find(name);
    }

    char directory_[32] = "/tmp/local-accounts-XXXXXX";
    std::optional<LocalAccounts> few_;
};

TEST_F(LocalAccountsTest, TheFirstEntryOfANameIsTheAnswer) {
    const Account* one = answer("one");
    ASSERT_NE(one, nullptr);
    EXPECT_EQ(one->uid, 1001u);
    EXPECT_EQ(one->home, "/home/one");
    EXPECT_EQ(one->shell, "/bin/sh");
    EXPECT_EQ(few_->find("two"), nullptr) << "the name services may know it";
}

TEST_F(LocalAccountsTest, AChangedFileIsReadAgain) {
    ASSERT_NE(answer("one"), nullptr);
    write("passwd", "one:x:1001:1001::/home/one:/usr/bin/jailshell\ntwo:x:2:2::/two:/bin/sh\n");
    EXPECT_EQ(few_->find("one")->shell, "/usr/bin/jailshell");
    EXPECT_NE(few_->find("two"), nullptr);
}

TEST_F(LocalAccountsTest, WhereAnotherServiceComesFirstTheFileSaysNothing) {
    write("nsswitch.conf", "passwd: sss files\n");
    EXPECT_EQ(answer("one"), nullptr);
}

}  // namespace
}  // namespace jail::provision
