// SPDX-License-Identifier: Apache-2.0
#include "jailshell/invocation.h"

#include <gtest/gtest.h>

#include <vector>

namespace jail::jailshell {
namespace {

jail::Result<Invocation> parse(std::vector<const char*> words) {
    const int count = static_cast<int>(words.size());
    words.push_back(nullptr);
    return parse_invocation(count, words.data());
}

TEST(Invocation, ALeadingDashIsALogin) {
    const auto login = parse({"-jailshell"});
    ASSERT_TRUE(login);
    EXPECT_TRUE(login.value().login);
    EXPECT_FALSE(login.value().command);
    EXPECT_FALSE(parse({"jailshell"}).value().login);
}

TEST(Invocation, AForcedCommandStandsForWhatTheClientAskedFor) {
    const auto asked = [](std::vector<const char*> words, const char* original) {
        return as_asked(parse(std::move(words)).value(), original);
    };
    EXPECT_EQ(asked({"jailshell", "-c", kAsAsked}, "rsync --server").command, "rsync --server");
    EXPECT_FALSE(asked({"jailshell", "-c", kAsAsked}, nullptr).command);
    EXPECT_TRUE(asked({"jailshell", "-c", kAsAsked}, nullptr).login);
    EXPECT_EQ(asked({"jailshell", "--as-asked"}, "id").command, "id") << "by a login shell that is bash";
    EXPECT_FALSE(parse({"jailshell", "--as-asked", "more"}));
    EXPECT_EQ(asked({"jailshell", "-c", "ls"}, "rsync").command, "ls") << "no forced command of ours";
    EXPECT_FALSE(asked({"-jailshell"}, "rsync").command);
}

TEST(Invocation, TheCommandIsOneArgumentOfAnyBytes) {
    const char* command = "ls; rm -rf / `id` $(x) \n\x16\x0a -c --help";
    const auto parsed = parse({"jailshell", "-c", command});
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed.value().command, command);
    EXPECT_EQ(parse({"jailshell", "-c", ""}).value().command, "");
    EXPECT_EQ(parse({"jailshell", "-c", "--login"}).value().command, "--login");
}

TEST(Invocation, LoginWithACommandAsSuDoes) {
    const auto parsed = parse({"-jailshell", "-c", "id"});
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed.value().login);
    EXPECT_EQ(parsed.value().command, "id");
    EXPECT_TRUE(parse({"jailshell", "-l", "-c", "id"}).value().login);
}

TEST(Invocation, AnythingElseIsRefused) {
    EXPECT_FALSE(parse({"jailshell", "-c"}));
    EXPECT_FALSE(parse({"jailshell", "--version"}));
    EXPECT_FALSE(parse({"jailshell", "--lint", "/etc/shadow"}));
    EXPECT_FALSE(parse({"jailshell", "script.sh"}));
    EXPECT_FALSE(parse({"jailshell", "-c", "a", "b"}));
    EXPECT_FALSE(parse({"jailshell", "-lc", "a"}));
    EXPECT_FALSE(parse({"jailshell", ""}));
}

TEST(Invocation, NoArgumentVectorAtAllIsAShell) {
    const char* const none[] = {nullptr};
    EXPECT_TRUE(parse_invocation(0, none));
    EXPECT_TRUE(parse_invocation(0, nullptr));
    EXPECT_TRUE(parse({""}));
}

}  // namespace
}  // namespace jail::jailshell
