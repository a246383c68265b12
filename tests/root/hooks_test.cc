// SPDX-License-Identifier: Apache-2.0
// /etc/jail/hooks.d: programs of the administrator's that are told what happened.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "arrival_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class HooksTest : public ArrivalTest {
protected:
    static constexpr char kTold[] = "/run/hooks-told";

    void SetUp() override {
        ArrivalTest::SetUp();
        fs::create_directories("/etc/jail/hooks.d");
        fs::remove(kTold);
        for (const char* event :
             {"published", "bound", "unbound", "denied", "limit", "drift", "update-failed"})
            hook(event, std::string("cat >> ") + kTold);
    }
    void TearDown() override {
        fs::remove_all("/etc/jail/hooks.d");
        ArrivalTest::TearDown();
    }
    static void hook(const std::string& event, const std::string& script) {
        std::ofstream("/etc/jail/hooks.d/" + event) << "#!/bin/sh\n" << script << "\n";
        fs::permissions("/etc/jail/hooks.d/" + event, fs::perms(0755));
    }
    // The objects that hooks were given since the last call.
    static std::vector<json> told() {
        std::vector<json> objects;
        std::ifstream file(kTold);
        for (std::string line; std::getline(file, line);) objects.push_back(json::parse(line));
        fs::remove(kTold);
        return objects;
    }
    static bool was_told(const std::vector<json>& all, const std::string& hook, const std::string& key,
                         const std::string& value) {
        return std::any_of(all.begin(), all.end(), [&](const json& one) {
            return one["hook"] == hook && one.value(key, "") == value && one["schema"] == 1;
        });
    }
};

TEST_F(HooksTest, AreToldOfJailsAndAccounts) {
    list("shell_only");
    EXPECT_EQ(sh("jail-provision add --dry-run shell_only").status, 0);
    EXPECT_TRUE(told().empty()) << "nothing has happened";
    EXPECT_EQ(sh("jail-provision add shell_only").status, 0);
    const auto added = told();
    EXPECT_TRUE(was_told(added, "published", "jail", "gotham"));
    EXPECT_TRUE(was_told(added, "bound", "account", "shell_only"));
    policy("gotham", "accounts: [shell_only]\nhostname: other\n");
    EXPECT_EQ(sh("jail-provision update").status, 0);
    EXPECT_TRUE(was_told(told(), "published", "jail", "gotham"));
    policy("gotham", "accounts: [shell_only]\ncommands: [no-such-command]\n");
    EXPECT_EQ(sh("jail-provision update").status, 1);
    EXPECT_TRUE(was_told(told(), "update-failed", "jail", "gotham"));
    list("shell_only");
    EXPECT_EQ(sh("jail-provision remove shell_only").status, 0);
    EXPECT_TRUE(was_told(told(), "unbound", "account", "shell_only"));
}

TEST_F(HooksTest, AreToldOfADamagedTree) {
    list("shell_only");
    ASSERT_EQ(sh("jail-provision add shell_only").status, 0);
    ASSERT_EQ(sh("chmod 700 $(ls -d /var/lib/jail/trees/*/usr/bin/bash | tail -n 1)").status, 0);
    told();
    EXPECT_EQ(sh("jail-provision verify-tree gotham").status, 1);
    EXPECT_TRUE(was_told(told(), "drift", "jail", "gotham"));
}

TEST_F(HooksTest, AreToldOfDenials) {
    list("shell_only");
    ASSERT_EQ(sh("jail-provision add shell_only").status, 0);
    ASSERT_EQ(sh("jail-provision lock --reason test shell_only").status, 0);
    sh("jail-provision events --follow --hooks > /dev/null 2>&1 < /dev/null & echo $! > /run/hooks-pid");
    told();
    for (int i = 0; i < 100 && !fs::exists(kTold); ++i) {
        sh("su shell_only -c ls < /dev/null");
        ::usleep(100'000);
    }
    sh("kill $(cat /run/hooks-pid)");
    EXPECT_TRUE(was_told(told(), "limit", "account", "shell_only"));
}

TEST_F(HooksTest, AHookThatOthersCanChangeOrThatFailsChangesNothing) {
    list("shell_only");
    fs::permissions("/etc/jail/hooks.d/bound", fs::perms(0777));
    hook("published", "exit 3");
    const Ran added = sh("jail-provision add shell_only");
    EXPECT_EQ(added.status, 0) << added.output;
    EXPECT_TRUE(told().empty());
    EXPECT_TRUE(has(added.output, "hooks.d/bound is not a file, or directory, of root's alone"))
        << added.output;
    EXPECT_TRUE(has(added.output, "failed with exit status 3")) << added.output;
    EXPECT_EQ(jail_of("shell_only"), "gotham");
}

}  // namespace
}  // namespace jail::testing
