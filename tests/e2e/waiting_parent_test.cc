// SPDX-License-Identifier: Apache-2.0
// With `exit_status: true` a process of jailshell's stays before a session's program: what people and
// programs would notice of it is as with the program alone.
#include <algorithm>
#include <csignal>

#include "policy_fixture.h"

namespace jail::testing {
namespace {

class WaitingParentTest : public PolicyTest, public ::testing::WithParamInterface<bool> {
protected:
    void SetUp() override {
        PolicyTest::SetUp();
        if (!HasFatalFailure()) take("[bash", "[timeout, pgrep, bash");
    }
    // The suite's policy with this in place of that.
    void take(const std::string& that, const std::string& with) {
        std::string changed = policy();
        changed.replace(changed.find(that), that.size(), with);
        change(changed + (GetParam() ? "exit_status: true\n" : ""));
    }
    static void expect_prints(const std::string& command, const std::string& output, int status = 0) {
        const Outcome outcome = ssh("harlequin", {command});
        EXPECT_EQ(outcome.output, output) << command << "\n" << outcome.errors;
        EXPECT_EQ(outcome.exit_status(), status) << command;
    }
};
INSTANTIATE_TEST_SUITE_P(, WaitingParentTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "WithAWaitingParent" : "ProgramAlone"; });

TEST_P(WaitingParentTest, TheProgramLeadsItsSessionAndGroup) {
    expect_prints("set -- $(cat /proc/$$/stat); test $5 = $$ && test $6 = $$ && echo leads", "leads\n");
    const Outcome outcome =
        ssh("harlequin", {"-tt", "set -- $(cat /proc/$$/stat); test $5$6$8 = $$$$$$ && echo leads"});
    EXPECT_EQ(outcome.output, "leads\r\n") << outcome.errors;
}

TEST_P(WaitingParentTest, AProgramThatMakesAGroupOfItsOwnKeepsTheTerminal) {
    const Connection connection(server(), "harlequin");
    const auto reads = connection.open();
    ASSERT_TRUE(reads->request_terminal(80, 24));
    ASSERT_TRUE(reads->execute("exec timeout 50 sh -c 'echo ready; read x; echo got-$x'"));
    ASSERT_TRUE(reads->read_until("ready"));
    reads->write("it\n");
    EXPECT_TRUE(reads->read_until("got-it")) << reads->output();
    const auto sleeps = connection.open();
    ASSERT_TRUE(sleeps->request_terminal(80, 24));
    // A timeout(1) that is interrupted before it knows its child ends at once, and the terminal with it.
    ASSERT_TRUE(
        sleeps->execute("exec timeout 1000 sh -c 'trap \"echo caught; exit 5\" INT; "
                        "until read -r _ _ state _ < /proc/$PPID/stat && test $state = S; do :; done; "
                        "echo ready; while :; do sleep 0.1; done'"));
    ASSERT_TRUE(sleeps->read_until("ready"));
    sleeps->write("\x03");
    EXPECT_TRUE(sleeps->read_until("caught")) << sleeps->output();
}

TEST_P(WaitingParentTest, WhatTheProgramSendsToItsGroupMeetsNobodyElse) {
    for (const char* signal : {"ALRM", "PIPE", "IO", "PWR", "USR1", "TERM", "HUP", "40"})
        expect_prints(std::string("trap 'echo trapped' ") + signal + "; kill -" + signal + " 0; echo after",
                      "trapped\nafter\n");
    expect_prints("trap 'echo trapped' TERM; kill -- -$$; echo $?", "trapped\n0\n");
}

TEST_P(WaitingParentTest, ASignalThatTheClientAsksForArrivesOnce) {
    const Connection connection(server(), "harlequin");
    const auto channel = connection.open();
    ASSERT_TRUE(channel->execute("trap 'echo caught' USR1; echo ready; read x; read y; echo end"));
    ASSERT_TRUE(channel->read_until("ready"));
    ASSERT_EQ(ssh_channel_request_send_signal(channel->get(), "USR1"), SSH_OK);
    ASSERT_TRUE(channel->read_until("caught"));
    const Finished finished = channel->finish("x\ny\n");
    EXPECT_EQ(finished.output, "ready\ncaught\nend\n");
}

TEST_P(WaitingParentTest, NoOtherProcessHasItsCommandLine) {
    expect_prints("pgrep -f zebra", "", 1);
    const Outcome outcome = ssh("harlequin", {"exec grep -lae zebra /proc/[0-9]*/cmdline"});
    EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 1) << outcome.output;
}

TEST_P(WaitingParentTest, NobodyIsToldTheSessionsId) {
    take("pass: [", "pass: [JAIL_*, ");
    expect_prints("env | grep ^JAIL_", "", 1);
}

}  // namespace
}  // namespace jail::testing
