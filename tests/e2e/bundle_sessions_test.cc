// SPDX-License-Identifier: Apache-2.0
// Bundles for terminals that outlive a connection, and for another shell. See bundle_fixture.h.
#include "bundle_fixture.h"

namespace jail::testing {
namespace {

// A shell that goes on is started by one connection and taken up again by two others.
class DetachedTest : public BundleTest {
protected:
    std::string commands() const override { return "bash, sleep, cat"; }
    void take_up(const std::string& start, const std::string& type, const std::string& attach,
                 const std::string& detach) {
        inside(start);
        inside(type);
        for (int i = 0; i < 2; ++i) {
            const Connection other(sshd(), account());
            const auto channel = other.open();
            ASSERT_TRUE(channel->request_terminal(80, 24, "xterm-256color"));
            ASSERT_TRUE(channel->execute(attach));
            ASSERT_TRUE(channel->read_until("sum-22")) << channel->output();
            inside(detach);
            EXPECT_EQ(channel->finish().exit_status, 0) << channel->output();
        }
    }
};

using TmuxBundle = DetachedTest;

TEST_F(TmuxBundle, ASessionIsTypedIntoAndTakenUpAgain) {
    take_up("tmux new-session -d -s work -x 80 -y 24",
            "tmux send-keys -t work 'echo sum-$((20+2)) $TERM' Enter", "tmux attach -t work",
            "tmux detach-client -s work");
    const std::string screen = inside("tmux capture-pane -p -t work");
    EXPECT_NE(screen.find("sum-22 tmux-256color\n"), std::string::npos) << screen;
    inside("tmux kill-server");
}

using ScreenBundle = DetachedTest;

TEST_F(ScreenBundle, ASessionIsTypedIntoAndTakenUpAgain) {
    take_up("screen -dmS work bash", "screen -S work -X stuff 'echo sum-$((20+2)) \\$TERM\\n'",
            "screen -r work", "screen -d work > /dev/null");
    inside(
        "screen -S work -X hardcopy ~/copy; for i in 1 2 3 4 5 6 7 8 9; do test -s copy && break; sleep 0.1; "
        "done");
    EXPECT_NE(machine::read_file(home() + "/copy").find("sum-22 screen"), std::string::npos);
    inside("screen -S work -X quit");
}

class MoshBundle : public NetworkBundleTest {
    std::string policy() const override { return "linger: true\n" + NetworkBundleTest::policy(); }
};

// The connection that starts the server ends, as that of mosh(1) does; the client comes over UDP.
TEST_F(MoshBundle, AServerGoesOnWhenItsConnectionHasEnded) {
    std::string line;
    {
        const Connection starting(sshd(), account());
        const Finished started = starting.execute("LC_ALL=C.UTF-8 mosh-server new -s -- bash");
        ASSERT_EQ(started.exit_status, 0) << started.errors;
        const std::size_t at = started.output.find("MOSH CONNECT ");
        ASSERT_NE(at, std::string::npos) << started.output << started.errors;
        line = started.output.substr(at + 13, started.output.find_first_of("\r\n", at) - at - 13);
    }
    const std::string port = line.substr(0, line.find(' ')), key = line.substr(line.find(' ') + 1);
    Process client(
        {"env", "MOSH_KEY=" + key, "LC_ALL=C.UTF-8", "TERM=xterm", "mosh-client", "127.0.0.1", port},
        Process::Stdio::kTerminal);
    client.write("echo $HOSTNAME-$((20+2)); exit\n");
    EXPECT_TRUE(client.read_until(account() + "-22")) << client.output();
    EXPECT_EQ(client.finish().exit_status(), 0);
}

class ZshBundle : public BundleTest {
    std::string policy() const override { return "shell: /bin/zsh\n"; }
};

TEST_F(ZshBundle, LinesAreEditedAndOptionsCompleted) {
    machine::write_home_file(
        account(), ".zshrc",
        "autoload -Uz compinit && compinit -u; PS1='rea''dy> '; zmodload zsh/datetime\n");
    machine::write_home_file(account(), "unmistakable-name", "");
    const auto zsh = terminal("");
    ASSERT_TRUE(zsh->read_until("ready> ")) << zsh->output();
    zsh->write(
        "cho sum-$((20+2))\x01"
        "e\r");  // to the line's begin, where a letter is missing
    EXPECT_TRUE(zsh->read_until("sum-22")) << zsh->output();
    // Known to the function of bash alone, and to that of files.
    zsh->write("bash --norc unmis\t\x01: \r");
    EXPECT_TRUE(zsh->read_until("unmistakable-name")) << zsh->output();
    zsh->write("bash --rc\t");
    EXPECT_TRUE(zsh->read_until("bash --rcfile")) << zsh->output();
    zsh->write(
        "\x15"
        "exit 7\n");
    EXPECT_EQ(zsh->finish().exit_status, 7) << zsh->output();
    EXPECT_NE(machine::read_file(home() + "/.zcompdump"), "") << "completion learns it anew each time";
}

TEST_F(ZshBundle, ModulesAndFunctionsAreLoaded) {
    EXPECT_EQ(inside("zmodload zsh/pcre zsh/zutil zsh/mathfunc; autoload -Uz zmv vcs_info\n"
                     "[[ a13 -pcre-match '\\d+' ]]; print $MATCH $((int(sqrt(16))))\n"
                     "touch() { : > $1 }; touch one.txt; mv() { print mv ${@:2} }; zmv -n '(*).txt' '$1.md'"),
              "13 4\nmv -- one.txt one.md\n");
}

}  // namespace
}  // namespace jail::testing
