// SPDX-License-Identifier: Apache-2.0
// jail-info(1) in a session, and the key `info`, which shows it when a person logs in.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "policy_fixture.h"

namespace jail::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class InfoTest : public PolicyTest {
protected:
    void add(const std::string& keys) { change(policy() + keys); }

    static nlohmann::json info(const std::string& before = {}) {
        const Outcome outcome = ssh("harlequin", {before + "jail-info --json"});
        EXPECT_EQ(outcome.exit_status(), 0) << outcome.errors;
        EXPECT_EQ(outcome.errors, "");
        return nlohmann::json::parse(outcome.output, nullptr, false);
    }
    // The output of a shell on a terminal.
    static std::string greeting() {
        const Outcome terminal = run(server().ssh("harlequin", {"-tt"}), "exit 7\n");
        EXPECT_EQ(terminal.exit_status(), 7);
        return terminal.output;
    }
};

TEST_F(InfoTest, AnAccountReadsWhatItMayDo) {
    const nlohmann::json shown = info();
    EXPECT_EQ(shown["schema"], 1);
    EXPECT_EQ(shown["account"], "harlequin");
    EXPECT_EQ(shown["jail"], "arkham");
    EXPECT_EQ(shown["network"], "none");
    EXPECT_TRUE(shown["ways"]["shell"] && shown["ways"]["sftp"] && shown["ways"]["rsync"]) << shown["ways"];
    EXPECT_FALSE(shown["ways"]["git"]);
    EXPECT_EQ(shown["home_programs"], false);
    EXPECT_TRUE(shown["expires"].is_null());
    const auto& commands = shown["commands"];
    EXPECT_NE(std::find(commands.begin(), commands.end(), "sha256sum"), commands.end());
    EXPECT_EQ(std::find(commands.begin(), commands.end(), "mount"), commands.end());
    const std::string words = ssh("harlequin", {"jail-info"}).output;
    EXPECT_THAT(words, HasSubstr("ways in     shell, sftp, scp, rsync\n"));
    EXPECT_THAT(words, HasSubstr("\nlimit         used"));
}

TEST_F(InfoTest, WhatIsUsedAndLeftAddsUpToTheLimit) {
    const nlohmann::json idle = info()["limits"];
    const nlohmann::json busy =
        info("for i in 1 2 3 4 5 6 7 8 9; do sleep 60 > /dev/null 2>&1 < /dev/null & done; ")["limits"];
    EXPECT_EQ(busy["tasks"]["limit"], 512);
    EXPECT_EQ(busy["tasks"]["used"].get<int>() + busy["tasks"]["left"].get<int>(), 512);
    EXPECT_GE(busy["tasks"]["used"].get<int>(), idle["tasks"]["used"].get<int>() + 9);
    EXPECT_EQ(busy["memory"]["limit"], 512u << 20);
    EXPECT_GT(busy["memory"]["used"].get<std::uint64_t>(), 1u << 20);
    EXPECT_EQ(busy["sessions"]["used"], 1);
    EXPECT_EQ(busy["open_files"]["limit"], 1024);
    EXPECT_TRUE(busy["io.read"]["limit"].is_null());
}

TEST_F(InfoTest, OfASessionItTellsTheTimeThatIsLeft) {
    add("expires: 2099-12-31\nhours: {mon-sun: 00:00-24:00}\n");
    std::string changed = policy();
    changed.replace(changed.find("sessions: 64"), 12, "sessions: 64, session_time: 8h");
    change(changed + "expires: 2099-12-31\nhours: {mon-sun: 00:00-24:00}\n");
    const nlohmann::json shown = info();
    EXPECT_EQ(shown["limits"]["session_time"]["limit"], 8 * 3600);
    EXPECT_GT(shown["limits"]["session_time"]["left"].get<int>(), 7 * 3600);
    EXPECT_THAT(shown["expires"].dump(), HasSubstr("T"));
    EXPECT_EQ(shown["hours"]["mon"][0], "00:00-24:00");
    EXPECT_EQ(shown["hours"].size(), 7u);
}

TEST_F(InfoTest, AJailWithOneCommandHasItToo) {
    change("jail: arkham\naccounts: [harlequin, ivy]\ncommands: [bash]\ngrace: 0s\n");
    EXPECT_EQ(info()["commands"], nlohmann::json({"bash", "jail-info"}));
    change(
        "jail: arkham\naccounts: [harlequin, ivy]\ncommands: [bash]\ngrace: 0s\nuser_namespace: fakeroot\n");
    EXPECT_EQ(info()["account"], "harlequin") << "where root's files are another's";
    change("jail: arkham\naccounts: [harlequin, ivy]\ncommands: [bash]\ngrace: 0s\ninstance: session\n");
    EXPECT_TRUE(info()["limits"]["tasks"]["used"].is_null()) << "of other sessions it sees nothing";
}

TEST_F(InfoTest, AWrongWordIsToldWithTheRightOnes) {
    const Outcome wrong = ssh("harlequin", {"jail-info limit"});
    EXPECT_EQ(wrong.exit_status(), 2);
    EXPECT_THAT(wrong.errors, HasSubstr("unknown word 'limit', expected allowed, limits"));
    EXPECT_THAT(ssh("harlequin", {"jail-info --help"}).output, HasSubstr("Examples:"));
    const Outcome outside = run({"/usr/libexec/jail/jail-info"});
    EXPECT_EQ(outside.exit_status(), 1);
    EXPECT_THAT(outside.errors, HasSubstr("not in a jail"));
}

TEST_F(InfoTest, APersonIsShownWhatIsAllowedAndLeftAndNoProgramIsDisturbed) {
    const auto listing = [] {
        return run({"sftp", "-q", "-F", server().client_config(), "-b", "-", "harlequin"},
                   "ls /usr/bin/id\n");
    };
    const Outcome sftp_before = listing();
    add("message: welcome to arkham\ninfo: all\n");
    const std::string shown = greeting();
    const std::size_t message = shown.find("welcome to arkham\r\n");
    ASSERT_NE(message, std::string::npos) << shown;
    EXPECT_NE(shown.find("allowed     shell, sftp, scp, rsync; no network;", message), std::string::npos)
        << shown;
    EXPECT_THAT(shown,
                ::testing::ContainsRegex("left +memory [0-9.]+ [KMG]iB of 512 MiB, tasks [0-9]+ of 512,"));
    EXPECT_EQ(ssh("harlequin", {"-tt", "echo one"}).output, "one\r\n") << "a command, though on a terminal";
    EXPECT_EQ(ssh("harlequin", {"echo two"}).output, "two\n");
    EXPECT_THAT(ssh("harlequin", {"-T"}, "echo three\n").output, Not(HasSubstr("allowed  ")));
    EXPECT_EQ(listing().output, sftp_before.output);
    machine::write_file("/run/e2e/sent", "sent\n");
    const std::string config = server().client_config();
    for (const std::vector<std::string>& copy :
         {std::vector<std::string>{"scp", "-O", "-q", "-F", config, "/run/e2e/sent", "harlequin:by-scp"},
          std::vector<std::string>{"rsync", "-e", "ssh -q -F " + config, "/run/e2e/sent",
                                   "harlequin:by-rsync"}}) {
        const Outcome copied = run(copy);
        EXPECT_EQ(copied.exit_status(), 0) << copy[0] << copied.errors;
        EXPECT_EQ(copied.output + copied.errors, "") << copy[0];
    }
    EXPECT_EQ(ssh("harlequin", {"cat by-scp by-rsync; rm by-scp by-rsync"}).output, "sent\nsent\n");
}

TEST_F(InfoTest, OnePartAloneIsShownAndByDefaultNone) {
    EXPECT_THAT(greeting(), Not(HasSubstr("allowed  ")));
    add("info: limits\n");
    const std::string limits = greeting();
    EXPECT_THAT(limits, Not(HasSubstr("allowed  ")));
    EXPECT_THAT(limits, HasSubstr("left        memory"));
    add("info: allowed\n");
    const std::string allowed = greeting();
    EXPECT_THAT(allowed, HasSubstr("allowed     shell"));
    EXPECT_THAT(allowed, Not(HasSubstr("left        memory")));
}

}  // namespace
}  // namespace jail::testing
