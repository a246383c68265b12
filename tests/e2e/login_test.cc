// SPDX-License-Identifier: Apache-2.0
// login(1) on the terminal that it was started on. That of util-linux (Debian 13) opens it anew by its name
// when it is in the jail already; that of shadow (Debian 12) keeps the descriptor.
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include <chrono>
#include <filesystem>
#include <iterator>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "libjail/policy/paths.h"
#include "log_collector.h"
#include "machine.h"
#include "pam_services.h"
#include "process.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::vector<std::string> kLogin = {"sh", "-c", "tty; exec login -f harlequin"};
constexpr char kConsole[] = "/dev/tty9";

// What /dev has; of the terminals there which can be opened; and that a new one has a name.
constexpr char kLook[] = R"SH(echo "all: $(echo $(ls /dev))."
for t in /dev/pts/[0-9]* /dev/tty9; do
    [ ! -L $t ] || echo "link: $t."
    if (: < $t) 2> /dev/null; then echo "opened: $(stat -L -c %d $t) $t."; fi
done
echo "jail: $(stat -c %d /dev/pts/ptmx)"
echo x > /dev/null && script -qec 'echo "new: $(tty)."' /dev/null
echo "looked"
)SH";

class LoginTest : public ::testing::Test {
protected:
    void SetUp() override {
        machine::prepare();
        services_.emplace(std::vector<std::string>{"login", "su"});
        machine::write_home_file("harlequin", "look", kLook);
        mounts_before_ = machine::mounts();
    }
    void TearDown() override {
        services_.reset();
        EXPECT_TRUE(machine::no_traces());
        EXPECT_EQ(machine::mounts(), mounts_before_);
    }

    static std::string look(Process& shell) {
        EXPECT_TRUE(shell.read_until("$ ")) << shell.output();
        shell.write("bash look\n");
        EXPECT_TRUE(shell.read_until("\nlooked")) << shell.output();
        return shell.output();
    }
    // Of a session that is in the same instance meanwhile.
    static std::string look_of_another() {
        return run({"su", "-", "harlequin", "-c", "bash look < /dev/null"}).output;
    }
    // Each that it can open is of the jail's devpts, a new one too.
    static void expect_own_terminals(const std::string& seen) {
        std::smatch jail, found;
        ASSERT_TRUE(std::regex_search(seen, jail, std::regex("jail: ([0-9]+)"))) << seen;
        EXPECT_THAT(seen, HasSubstr("new: /dev/pts/"));
        std::string rest = seen;
        for (; std::regex_search(rest, found, std::regex("opened: ([0-9]+)")); rest = found.suffix())
            EXPECT_EQ(found[1], jail[1]) << seen;
    }
    static std::set<std::string> list_of(const std::string& seen) {
        std::smatch all;
        if (!std::regex_search(seen, all, std::regex("all: ([a-z0-9 ]*)\\."))) return {};
        std::istringstream words(all[1]);
        return {std::istream_iterator<std::string>(words), {}};
    }
    static std::set<std::string> with(std::set<std::string> names, const std::string& name) {
        names.insert(name);
        return names;
    }
    static void end(Process& shell) {
        shell.write("exit 3\n");
        (void)shell.finish();
    }
    // The output of tty(1) before login began.
    static std::string host_name(const Process& shell) {
        return shell.output().substr(0, shell.output().find('\r'));
    }

    std::optional<PamServices> services_;
    std::string mounts_before_;
    LogCollector log_;
};

TEST_F(LoginTest, ATerminalOfADevptsHasItsNameInTheSessionAlone) {
    Process shell(kLogin, Process::Stdio::kTerminal);
    const std::string seen = look(shell);
    const std::string name = host_name(shell);
    ASSERT_THAT(name, StartsWith("/dev/pts/"));
    EXPECT_THAT(seen, HasSubstr("link: " + name + ".\r\n"));
    expect_own_terminals(seen);
    const std::string other = look_of_another();
    EXPECT_THAT(other, Not(HasSubstr("link: ")));
    EXPECT_EQ(list_of(seen), with(list_of(other), "login")) << seen << other;
    end(shell);
}

TEST_F(LoginTest, AConsoleHasItsNameInTheSessionAlone) {
    machine::write_file(kConsole, "");
    {
        const std::string on_console = std::string("mount --bind $(tty) ") + kConsole +
                                       " && exec login -f harlequin < " + kConsole + " > " + kConsole +
                                       " 2>&1";
        Process shell({"sh", "-c", on_console}, Process::Stdio::kTerminal);
        const std::string seen = look(shell);
        EXPECT_THAT(seen, HasSubstr("link: /dev/tty9.\r\n"));
        expect_own_terminals(seen);
        const std::string other = look_of_another();
        EXPECT_THAT(other, Not(HasSubstr("link: ")));
        EXPECT_EQ(list_of(seen), with(with(list_of(other), "login"), "tty9"));
        end(shell);
    }
    EXPECT_EQ(::umount(kConsole), 0);
    fs::remove(kConsole);
}

// The name is there already.
TEST_F(LoginTest, ATerminalOfTheJailsOfTheSameNameStaysTheOtherSessions) {
    Process first(kLogin, Process::Stdio::kTerminal);
    expect_own_terminals(look(first));
    Process second(kLogin, Process::Stdio::kTerminal);
    const std::string seen = look(second);
    EXPECT_NE(host_name(first), host_name(second));
    EXPECT_THAT(seen, HasSubstr("link: " + host_name(second) + ".\r\n"));
    expect_own_terminals(seen);
    end(second);
    first.write("echo still-$((1))\n");
    EXPECT_TRUE(first.read_until("still-1")) << first.output();
    end(first);
}

TEST_F(LoginTest, TheTerminalControlsTheSessionsJobs) {
    Process shell(kLogin, Process::Stdio::kTerminal);
    ASSERT_TRUE(shell.read_until("$ ")) << shell.output();
    shell.write("echo to-tty-$((1)) > /dev/tty; sleep 100 & jobs; kill %1; wait %1\n");
    ASSERT_TRUE(shell.read_until("to-tty-1\r\n")) << shell.output();
    ASSERT_TRUE(shell.read_until("Running")) << shell.output();
    EXPECT_THAT(shell.output(), Not(HasSubstr("no job control")));
    shell.write("sleep 1000\n");
    ASSERT_TRUE(eventually([] {
        for (const pid_t pid : machine::processes_of(machine::uid_of("harlequin")))
            if (machine::command_line_of(pid) == "sleep 1000" && machine::in_foreground(pid)) return true;
        return false;
    })) << shell.output();
    shell.write("\x03");
    ASSERT_TRUE(shell.read_until("^C")) << shell.output();
    shell.write("echo after-$?\n");
    EXPECT_TRUE(shell.read_until("after-130")) << shell.output();
    shell.write("hostname; exit 3\n");
    EXPECT_THAT(shell.finish().output, HasSubstr("arkham\r\nlogout"));
}

// As getty has it: each login is the leader of the terminal's session, and before the next one the terminal
// is root's and is hung up (TTYVHangup of the unit, or login of util-linux). What the first one leaves holds
// it open, and tries to open it again.
TEST_F(LoginTest, WhatItLeavesRunningDoesNotReadTheNextLoginOnTheTerminal) {
    constexpr char kStay[] = R"SH(trap "" HUP
exec 8<&0
echo stays > ~/stays
while [ -e ~/stays ]; do
    for from in /dev/fd/8 /dev/tty "$1"; do
        IFS= read -r -t 0.1 line < "$from" && echo "$from: $line" >> ~/taken
    done 2> /dev/null
    IFS= read -r -t 0.1 -u 8 line 2> /dev/null && echo "held: $line" >> ~/taken
done
)SH";
    machine::write_home_file("harlequin", "stay", kStay);
    ASSERT_EQ(run({"usermod", "-s", "/bin/bash", "harlequin"}).exit_status(), 0);
    Process keeper({"su", "-", "harlequin", "-c", "read line"});  // the instance, until its input ends
    const std::string login = "setsid --ctty --wait login -f ";
    const std::string next = "chown root $t; chmod 600 $t; setsid --ctty perl -e 'syscall(" +
                             std::to_string(SYS_vhangup) + ")' <$t; ";
    Process both({"sh", "-c",
                  "t=$(tty); echo $t; trap : HUP; " + login + "harlequin <$t >$t 2>&1; " + next + login +
                      "alfred <$t >$t 2>&1"},
                 Process::Stdio::kTerminal);
    ASSERT_TRUE(both.read_until("$ ")) << both.output();
    both.write("setsid bash stay " + host_name(both) + " & until [ -e stays ]; do sleep 0.1; done; exit\n");
    ASSERT_TRUE(both.read_until("alfred@")) << both.output();
    both.write("echo $(id -un) got-$((1)); IFS= read -r word; echo \"[$word]\"\n");
    ASSERT_TRUE(both.read_until("alfred got-1")) << both.output();
    std::this_thread::sleep_for(std::chrono::seconds(1));  // it tries each way meanwhile
    both.write("a secret\n");
    EXPECT_TRUE(both.read_until("[a secret]")) << both.output();
    EXPECT_TRUE(machine::runs("harlequin", "bash stay " + host_name(both)));
    EXPECT_FALSE(fs::exists("/home/harlequin/taken")) << machine::read_file("/home/harlequin/taken");
    fs::remove("/home/harlequin/stays");
    end(both);
    (void)keeper.finish();
    EXPECT_EQ(run({"usermod", "-s", paths::kJailshell, "harlequin"}).exit_status(), 0);
}

TEST_F(LoginTest, WithoutTheProgramThatShowsItsTerminalItIsRefused) {
    const std::string aside = std::string(paths::kTerminal) + ".aside";
    fs::rename(paths::kTerminal, aside);
    Process shell(kLogin, Process::Stdio::kTerminal);
    const Outcome outcome = shell.finish("touch ~/executed\n");
    fs::rename(aside, paths::kTerminal);
    EXPECT_NE(outcome.exit_status(), 0) << outcome.output;
    EXPECT_FALSE(fs::exists("/home/harlequin/executed"));
    EXPECT_THAT(log_.wait_for("login of harlequin denied"), HasSubstr("jail-terminal ended without a word"));
}

}  // namespace
}  // namespace jail::testing
