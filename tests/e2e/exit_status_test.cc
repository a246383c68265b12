// SPDX-License-Identifier: Apache-2.0
// `exit_status: true` by sshd, su, login and cron: the event of a session's end says how its program ended.
// (waiting_parent_test.cc tests that other processes do not notice.)
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <optional>

#include "pam_services.h"
#include "policy_fixture.h"
#include "tests/events.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class ExitStatusTest : public PolicyTest {
protected:
    void SetUp() override {
        PolicyTest::SetUp();
        if (HasFatalFailure()) return;
        change(policy() + "exit_status: true\n");
        services_.emplace(std::vector<std::string>{"su", "login", "cron"});
    }
    void TearDown() override {
        services_.reset();
        PolicyTest::TearDown();
    }

    // The last event of the one session that `login` is.
    template <class Login>
    static json close_of(const Login& login) {
        fs::remove_all(paths::kLogDir);
        login();
        EXPECT_TRUE(eventually([] { return events("session_close").size() == 1; }));
        EXPECT_TRUE(machine::no_traces()) << "who ends writes an event yet";
        const auto closed = events("session_close");
        return closed.empty() ? json() : closed[0];
    }
    static json close_of_ssh(const std::vector<std::string>& words) {
        return close_of([&] { (void)ssh("harlequin", words); });
    }

    std::optional<PamServices> services_;
};

TEST_F(ExitStatusTest, OfACommandByExitOrSignal) {
    for (const int status : {0, 1, 7, 255})
        EXPECT_EQ(close_of_ssh({"exit " + std::to_string(status)}).value("exit", -1), status);
    EXPECT_EQ(close_of_ssh({"kill -TERM $$"}).value("signal", -1), SIGTERM);
    EXPECT_EQ(close_of_ssh({"-tt", "exit 9"}).value("exit", -1), 9);
}

TEST_F(ExitStatusTest, OfALoginShell) {
    const json event = close_of([] {
        Process client(server().ssh("harlequin", {"-tt"}), Process::Stdio::kTerminal);
        client.write("exit 3\n");
        EXPECT_EQ(client.finish().exit_status(), 3);
    });
    EXPECT_EQ(event.value("exit", -1), 3) << event;
}

TEST_F(ExitStatusTest, OfTheLastProgramOfAConnection) {
    const json event = close_of([] {
        const Connection connection(server(), "harlequin");
        for (const int status : {5, 6})
            EXPECT_EQ(connection.execute("exit " + std::to_string(status)).exit_status, status);
    });
    EXPECT_EQ(event.value("exit", -1), 6) << event;
}

TEST_F(ExitStatusTest, OfFileClients) {
    const std::string file = "/tmp/exit-status-file";
    machine::write_file(file, "x\n");
    const json copied = close_of([&] {
        EXPECT_EQ(
            run({"scp", "-O", "-q", "-F", server().client_config(), file, "harlequin:copied"}).exit_status(),
            0);
    });
    EXPECT_EQ(copied.value("exit", -1), 0) << copied;
    const json refused = close_of([&] {
        (void)run({"scp", "-O", "-q", "-F", server().client_config(), file, "harlequin:no/such/directory/"});
    });
    EXPECT_EQ(refused.value("exit", -1), 1) << refused;
    EXPECT_EQ(ssh("harlequin", {"rm copied"}).exit_status(), 0);
}

TEST_F(ExitStatusTest, WhatDoesNotRunThroughJailshellHasNone) {
    const json event = close_of([] {
        const Connection connection(server(), "harlequin");
        EXPECT_TRUE(connection.logged_in());
    });
    EXPECT_FALSE(event.contains("exit")) << event;
}

TEST_F(ExitStatusTest, OfSuAndLogin) {
    const json event = close_of([] { (void)run({"su", "-", "harlequin", "-c", "exit 4"}); });
    EXPECT_EQ(event.value("exit", -1), 4) << event;
    EXPECT_EQ(event["door"], "su-l");
    const json login = close_of([] {
        Process shell({"login", "-f", "harlequin"}, Process::Stdio::kTerminal);
        EXPECT_TRUE(shell.read_until("$ ")) << "login of util-linux drops what was typed before";
        shell.write("echo logged-$((1))-in\n");
        EXPECT_TRUE(shell.read_until("logged-1-in")) << shell.output();
        shell.write("exit 6\n");
        (void)shell.finish();
    });
    EXPECT_EQ(login.value("exit", -1), 6) << login;
    change(policy());  // on a terminal jailshell stays in any case
    const json on_terminal = close_of([] {
        (void)Process({"su", "harlequin", "-c", "exit 5"}, Process::Stdio::kTerminal).finish();
    });
    EXPECT_EQ(on_terminal.value("exit", -1), 5) << on_terminal;
}

TEST_F(ExitStatusTest, OfEnterAsTheAccountAndAsRoot) {
    change(policy());
    for (const std::vector<std::string>& way :
         {std::vector<std::string>{"harlequin"}, {"--root", "harlequin"}}) {
        std::vector<std::string> words = {"jail-provision", "enter"};
        words.insert(words.end(), way.begin(), way.end());
        words.insert(words.end(), {"--", "sh", "-c", "exit 8"});
        const json event = close_of([&] { EXPECT_EQ(run(words).exit_status(), 8); });
        EXPECT_EQ(event.value("exit", -1), 8) << event;
    }
}

TEST_F(ExitStatusTest, OfACronJobWhoseShellIsJailshell) {
    const std::string table = "/var/spool/cron/crontabs/harlequin";
    machine::write_file(table, std::string("SHELL=") + paths::kJailshell + "\n@reboot exit 11\n", 0600);
    ASSERT_EQ(::chown(table.c_str(), machine::uid_of("harlequin"), 0), 0);
    fs::remove("/run/crond.reboot");
    const json event = close_of([] {
        Process cron({"cron", "-f"});
        EXPECT_TRUE(eventually([] { return !events("session_close").empty(); }));
        cron.send_signal(SIGTERM);
        (void)cron.finish();
    });
    fs::remove(table);
    EXPECT_EQ(event.value("exit", -1), 11) << event;
    EXPECT_EQ(event["door"], "cron");
}

// The program's closed descriptors are closed, even while a parent waits for it.
TEST_F(ExitStatusTest, TheClientSeesTheEndOfOutputBeforeThatOfTheProgram) {
    const Connection connection(server(), "harlequin");
    const auto channel = connection.open();
    ASSERT_TRUE(channel->execute("exec >&- 2>&-; read line; exit 12"));
    EXPECT_TRUE(eventually([&] {
        (void)channel->read_until("never", 0.05);
        return ssh_channel_is_eof(channel->get()) != 0;
    }));
    EXPECT_EQ(channel->finish("go on\n").exit_status, 12);
}

}  // namespace
}  // namespace jail::testing
