// SPDX-License-Identifier: Apache-2.0
// What the person at the other end sees when a limit of the account is reached.
#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <thread>

#include "libjail/policy/paths.h"
#include "pam_services.h"
#include "policy_fixture.h"

namespace jail::testing {
namespace {

using ::testing::HasSubstr;

class LimitMessageTest : public PolicyTest {
protected:
    void SetUp() override {
        PolicyTest::SetUp();
        ASSERT_NE(policy().find("limits:"), std::string::npos);
    }
    void limit(const std::string& limits) {
        std::string changed = policy();
        const std::size_t at = changed.find("limits:");
        change(changed.replace(at, changed.find('\n', at) - at, "limits: {" + limits + "}"));
    }
};

TEST_F(LimitMessageTest, OneSessionTooManyIsToldSo) {
    limit("sessions: 1");
    const Connection first(server(), "harlequin");
    ASSERT_TRUE(first.logged_in()) << first.error();
    const Outcome second = ssh("harlequin", {"-o", "LogLevel=INFO", "hostname"});
    EXPECT_EQ(second.exit_status(), 255);
    EXPECT_THAT(
        second.output + second.errors,
        HasSubstr("this account has as many sessions open as it may (1); end one of them first (event "));
    EXPECT_EQ(ssh("ivy", {"hostname"}).output, "arkham\n") << "another account is not held up";
}

TEST_F(LimitMessageTest, WithoutRoomForItsProcessesALoginIsToldSo) {
    limit("tasks: 9");
    const Connection first(server(), "harlequin");
    ASSERT_TRUE(first.logged_in()) << first.error();
    (void)first.execute("for i in 1 2 3 4 5 6 7 8 9; do setsid sleep 60 > /dev/null 2>&1 & done");
    const Outcome second = ssh("harlequin", {"-o", "LogLevel=INFO", "hostname"});
    EXPECT_EQ(second.exit_status(), 255);
    EXPECT_THAT(second.output + second.errors,
                HasSubstr("this account runs as many processes as it may (9)"));
}

TEST_F(LimitMessageTest, ASessionThatEndsIsToldWhyOnItsTerminal) {
    limit("session_time: 10s");
    const Outcome outcome = ssh("harlequin", {"-tt", "sleep 60"});
    EXPECT_THAT(outcome.output, HasSubstr("jail: this session ends now: a session may last 10s"));
    EXPECT_NE(outcome.exit_status(), 0);
}

TEST_F(LimitMessageTest, AnIdleTerminalIsToldWhy) {
    limit("idle: 10s");
    const Outcome outcome = ssh("harlequin", {"-tt", "sleep 100"});
    EXPECT_THAT(outcome.output, HasSubstr("jail: this session ends now: a session may be idle for 10s"));
    const Outcome busy = ssh("harlequin", {"-tt", "for i in 1 2 3 4 5 6 7; do sleep 3; echo $i; done"});
    EXPECT_EQ(busy.exit_status(), 0) << busy.output;
}

// Where login starts another shell than jailshell, its terminal is the host's own.
TEST_F(LimitMessageTest, AnIdleTerminalOfLoginIsToldWhyAndABusyOneIsNot) {
    limit("idle: 10s");
    const PamServices services(std::vector<std::string>{"login"});
    ASSERT_EQ(run({"usermod", "-s", "/bin/bash", "harlequin"}).exit_status(), 0);
    Process shell({"login", "-f", "harlequin"}, Process::Stdio::kTerminal);
    ASSERT_TRUE(shell.read_until("$ ")) << shell.output();
    for (const std::string number : {"1", "2", "3", "4", "5", "6", "7"}) {
        std::this_thread::sleep_for(std::chrono::seconds(3));
        shell.write("echo busy-$((" + number + "))\n");
        ASSERT_TRUE(shell.read_until("busy-" + number + "\r\n")) << shell.output();
    }
    EXPECT_TRUE(shell.read_until("jail: this session ends now: a session may be idle for 10s", 2 * kPatience))
        << shell.output();
    (void)shell.finish();
    EXPECT_EQ(run({"usermod", "-s", paths::kJailshell, "harlequin"}).exit_status(), 0);
}

TEST_F(LimitMessageTest, AProcessOutOfCpuTimeSaysSo) {
    limit("cpu_time: 1s");
    const Outcome outcome = ssh("harlequin", {"bash -c 'while :; do :; done'; echo $?"});
    EXPECT_THAT(outcome.errors + outcome.output, HasSubstr("CPU time limit exceeded"));
    EXPECT_THAT(outcome.output, HasSubstr("152\n"));
}

TEST_F(LimitMessageTest, NprocKnowsTheShareOfTheProcessors) {
    const std::string all = run({"nproc"}).output;
    limit("cpu: 100%");
    EXPECT_EQ(ssh("harlequin", {"nproc"}).output, "1\n");
    limit("cpu: 100000%");
    EXPECT_EQ(ssh("harlequin", {"nproc"}).output, all);
}

}  // namespace
}  // namespace jail::testing
