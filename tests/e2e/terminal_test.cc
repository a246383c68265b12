// SPDX-License-Identifier: Apache-2.0
// Sessions with a terminal: it is the jail's own, and it works as one; also where a process of jailshell's
// stays before the shell (`exit_status: true`).
#include <regex>

#include "policy_fixture.h"

namespace jail::testing {
namespace {

// After an interrupt, when readline reads again: bash drops what was typed before that.
constexpr char kNextPrompt[] = "^C\r\n\x1b[?2004h";

class TerminalTest : public PolicyTest, public ::testing::WithParamInterface<bool> {
protected:
    void SetUp() override {
        PolicyTest::SetUp();
        if (GetParam()) change(policy() + "exit_status: true\n");
    }

    // What `command` prints, as soon as the interactive shell has printed it: the marks are computed, so that
    // the terminal's echo of what is typed does not look like them.
    static std::string say(Channel& shell, const std::string& command) {
        static int round = 0;
        const std::string mark = std::to_string(++round);
        shell.write("echo \"<$((" + mark + "))\"; " + command + "; echo \"$((" + mark + "))>\"\n");
        const std::string begin = "<" + mark + "\r\n", end = mark + ">";
        if (!shell.read_until("\n" + end)) return "no answer: " + shell.output();
        const std::size_t start = shell.output().rfind(begin) + begin.size();
        return shell.output().substr(start, shell.output().rfind(end) - start);
    }

    // A key means something to a program only once it is the terminal's foreground job.
    static bool in_foreground(const std::string& command_line) {
        return eventually([&] {
            for (const pid_t pid : machine::processes_of(machine::uid_of("harlequin")))
                if (machine::command_line_of(pid) == command_line) return machine::in_foreground(pid);
            return false;
        });
    }

    static std::unique_ptr<Channel> shell_on(const Connection& connection, int columns = 80, int rows = 24) {
        auto shell = connection.open();
        EXPECT_TRUE(shell->request_terminal(columns, rows)) << connection.error();
        EXPECT_TRUE(shell->start_shell()) << connection.error();
        return shell;
    }
};

INSTANTIATE_TEST_SUITE_P(, TerminalTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "WithAWaitingParent" : "ShellAlone"; });

TEST_P(TerminalTest, ItsNameIsOfTheJailsOwnDevpts) {
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    const auto shell = shell_on(connection);
    EXPECT_TRUE(std::regex_match(say(*shell, "tty"), std::regex("/dev/pts/[0-9]+\r\n")));
    EXPECT_EQ(say(*shell, "test -O $(tty) -a -r $(tty) -a -w $(tty) && echo own"), "own\r\n");
    EXPECT_EQ(say(*shell, "echo $SSH_TTY"), say(*shell, "tty"));
    EXPECT_EQ("/dev/" + say(*shell, "ps -o tty= -p $$"), say(*shell, "tty"));
}

TEST_P(TerminalTest, WindowSizeIsTheClientsAlsoAfterAChange) {
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    const auto shell = shell_on(connection, 101, 37);
    EXPECT_EQ(say(*shell, "stty size"), "37 101\r\n");
    ASSERT_TRUE(shell->resize(60, 20));
    EXPECT_EQ(say(*shell, "stty size"), "20 60\r\n");
}

TEST_P(TerminalTest, CtrlCInterruptsTheForegroundProgram) {
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    const auto shell = shell_on(connection);
    shell->write("sleep 1000; echo status-$?\n");
    ASSERT_TRUE(in_foreground("sleep 1000"));
    shell->write("\x03");
    ASSERT_TRUE(shell->read_until(kNextPrompt)) << shell->output();
    shell->write("echo after-$?\n");  // bash does not go on with an interrupted list
    EXPECT_TRUE(shell->read_until("after-130")) << shell->output();
}

TEST_P(TerminalTest, JobControlWorks) {
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    const auto shell = shell_on(connection);
    EXPECT_NE(say(*shell, "sleep 100 & jobs").find("Running"), std::string::npos) << shell->output();
    EXPECT_EQ(say(*shell, "kill %1; wait %1; echo $?").find("no job control"), std::string::npos);
    EXPECT_EQ(say(*shell, "wait %1 2>/dev/null; jobs -r"), "");
    shell->write("cat\n");
    ASSERT_TRUE(in_foreground("cat"));
    shell->write("\x1a");
    ASSERT_TRUE(shell->read_until("Stopped"));
    EXPECT_EQ(say(*shell, "kill -KILL %cat; echo gone"), "gone\r\n") << shell->output();
}

// A stopped command could not be continued: the kernel does not stop an orphaned process group (setpgid(2)).
TEST_P(TerminalTest, CtrlZDoesNotStopACommandWithoutAShellAboveIt) {
    for (const char* account : {"alfred", "harlequin"}) {
        const Connection connection(server(), account);
        const auto command = connection.open();
        ASSERT_TRUE(command->request_terminal(80, 24));
        ASSERT_TRUE(command->execute("echo ready; sleep 1; read line; echo got-$line"));
        ASSERT_TRUE(command->read_until("ready")) << command->output();
        command->write("\x1a");
        command->write("it\n");
        EXPECT_TRUE(command->read_until("got-it")) << account << command->output();
    }
}

TEST_P(TerminalTest, ExitStatusOfAShellAndOfACommandArrive) {
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    for (const int status : {0, 1, 7, 254, 255}) {
        const auto shell = shell_on(connection);
        shell->write("exit " + std::to_string(status) + "\n");
        EXPECT_EQ(shell->finish().exit_status, status);
        const auto command = connection.open();
        ASSERT_TRUE(command->request_terminal(80, 24));
        ASSERT_TRUE(command->execute("tty; exit " + std::to_string(status)));
        const Finished finished = command->finish();
        EXPECT_EQ(finished.exit_status, status);
        EXPECT_EQ(finished.output.rfind("/dev/pts/", 0), 0u) << finished.output;
    }
    const auto killed = connection.open();
    ASSERT_TRUE(killed->request_terminal(80, 24));
    ASSERT_TRUE(killed->execute("kill -TERM $$"));
    EXPECT_EQ(killed->finish().signal, "TERM");
}

TEST_P(TerminalTest, AFullScreenEditorEdits) {
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    const auto editor = connection.open();
    ASSERT_TRUE(editor->request_terminal(80, 24));
    ASSERT_TRUE(editor->execute("vim.tiny note"));
    ASSERT_TRUE(editor->read_until("note"));
    editor->write("iha ha\x1b:wq\r");
    EXPECT_EQ(editor->finish().exit_status, 0);
    EXPECT_EQ(machine::read_file("/home/harlequin/note"), "ha ha\n");
    EXPECT_EQ(connection.execute("rm note").exit_status, 0);
}

TEST_P(TerminalTest, ProgramsInsideCanMakeTerminals) {
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    const auto shell = shell_on(connection);
    EXPECT_NE(say(*shell, "script -qec tty /dev/null").find("/dev/pts/"), std::string::npos)
        << shell->output();
}

TEST_P(TerminalTest, AHangupReachesTheSession) {
    const Connection observer(server(), "harlequin");  // keeps the jail: its end would be SIGKILL for all
    ASSERT_TRUE(observer.logged_in()) << observer.error();
    {
        Process client(
            server().ssh(
                "harlequin",
                {"-tt", "trap 'echo hangup > told; exit' HUP; echo ready; while :; do sleep 1; done"}),
            Process::Stdio::kTerminal);
        ASSERT_TRUE(client.read_until("ready")) << client.output();
    }
    EXPECT_TRUE(eventually([] { return machine::read_file("/home/harlequin/told") == "hangup\n"; }));
    EXPECT_EQ(observer.execute("rm told").exit_status, 0);
}

TEST_P(TerminalTest, TheStockClientsTerminalWorks) {
    ASSERT_EQ(::setenv("TERM", "xterm", 1), 0);  // which the client asks for; another may have no kNextPrompt
    Process client(server().ssh("harlequin", {"-tt"}), Process::Stdio::kTerminal);
    client.write("stty size; tty\n");
    ASSERT_TRUE(client.read_until("24 80\r\n/dev/pts/")) << client.output();
    client.resize(132, 50);
    client.write("while [ \"$(stty size)\" = \"24 80\" ]; do sleep 0.1; done; stty size\n");
    ASSERT_TRUE(client.read_until("50 132\r\n")) << client.output();
    client.write("cat\n");
    ASSERT_TRUE(in_foreground("cat"));
    client.write("typed\n");
    ASSERT_TRUE(client.read_until("typed\r\ntyped\r\n")) << client.output();
    client.write("\x03");
    ASSERT_TRUE(client.read_until(kNextPrompt)) << client.output();
    client.write("exit 9\n");
    EXPECT_EQ(client.finish().exit_status(), 9);
}

}  // namespace
}  // namespace jail::testing
