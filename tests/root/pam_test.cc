// SPDX-License-Identifier: Apache-2.0
// pam_jail as a PAM application meets it, through pam_start_confdir(3): opened, opened twice, never opened,
// never closed; arguments that it does not take, accounts that there are not, items of any bytes.
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "libjail/policy/paths.h"
#include "pam_fixture.h"

namespace jail::testing {
namespace {

TEST_F(PamTest, ASessionOpensInsideAndEndsWithItsApplication) {
    const Outcome outcome = pam("door", "harlequin",
                                {"tty=pts/7", "rhost=198.51.100.7", "account", "open", "run=facts", "close"});
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_TRUE(has(outcome.output, "account: Success\nopen: Success\n")) << outcome.output;
    EXPECT_TRUE(has(outcome.output, "hostname arkham\n")) << outcome.output;
    EXPECT_TRUE(has(outcome.output, "close: Success\n")) << outcome.output;
    EXPECT_TRUE(eventually([this] { return sessions_recorded() == 1; }));
    EXPECT_TRUE(has(recorded(), "\"door\":\"door\",\"tty\":\"pts/7\",\"rhost\":\"198.51.100.7\""))
        << recorded();
}

TEST_F(PamTest, OpenedTwiceItIsOneSession) {
    const Outcome outcome =
        pam("door", "harlequin", {"account", "open", "open", "run=exit 0", "close", "close"});
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_TRUE(eventually([this] { return sessions_recorded() == 1; }));
    service("twice",
            "account required pam_jail.so\nsession required pam_jail.so\nsession required pam_jail.so\n");
    EXPECT_EQ(pam("twice", "harlequin", {"account", "open", "run=exit 0", "close"}).status, 0);
    EXPECT_TRUE(eventually([this] { return sessions_recorded() == 2; }));
}

TEST_F(PamTest, WithoutACloseTheSessionEndsAllTheSame) {
    EXPECT_EQ(pam("door", "harlequin", {"account", "open"}).status, 0);
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
}

TEST_F(PamTest, AfterTheCloseTheProcessIsInsideStill) {
    // sshd closes while processes of the session still run.
    const Outcome outcome = pam("door", "harlequin", {"account", "open", "close", "run=facts"});
    EXPECT_TRUE(has(outcome.output, "hostname arkham\n")) << outcome.output;
}

TEST_F(PamTest, ACloseThatNothingWasOpenedForStartsNothing) {
    const Outcome outcome = pam("door", "harlequin", {"on", "close"});
    EXPECT_TRUE(has(outcome.output, "close: ")) << outcome.output;
    EXPECT_TRUE(traces_of(kHarlequin).empty());
}

TEST_F(PamTest, TheAccountPhaseAloneOpensNoSessionAndLeavesNothing) {
    EXPECT_EQ(pam("door", "harlequin", {"account", "account"}).status, 0);
    EXPECT_EQ(sessions_recorded(), 0u);
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
}

// A refusal that is known before a session opens is said while the application still shows it.
TEST_F(PamTest, TheAccountPhaseKnowsTheLimitOfSessions) {
    manifest_.limits.sessions = 1;
    publish();
    const pid_t first = start_session(kHarlequin, "sleep 60");
    ASSERT_TRUE(eventually([this] { return sessions_recorded() == 1; }));
    const Outcome outcome = pam("door", "harlequin", {"account", "open", "run=exit 0"});
    EXPECT_NE(outcome.status, 0);
    EXPECT_TRUE(has(outcome.output, "said: this account has as many sessions open as it may (1)"))
        << outcome.output;
    EXPECT_TRUE(has(outcome.output, "account: Permission denied")) << outcome.output;
    EXPECT_FALSE(has(outcome.output, "open: ")) << outcome.output;
    signal_to(first, SIGTERM);
    ::waitpid(first, nullptr, 0);
}

TEST_F(PamTest, AnArgumentIsRefusedAndNamed) {
    for (const char* argument : {"debug", "jail=arkham", "=", "[with blanks]"}) {
        service("wrong", std::string("account required pam_jail.so ") + argument +
                             "\nsession required pam_jail.so " + argument + "\n");
        for (const char* step : {"account", "open"}) {
            const Outcome outcome = pam("wrong", "harlequin", {step, "run=exit 0"});
            EXPECT_NE(outcome.status, 0) << argument;
            EXPECT_TRUE(has(outcome.output, "said: the jail of this account is not available"))
                << outcome.output;
        }
        EXPECT_TRUE(has(recorded(), "pam_jail takes no module arguments, found ")) << recorded();
    }
    EXPECT_TRUE(traces_of(kHarlequin).empty());
}

TEST_F(PamTest, AnAccountThatThereIsNotIsDenied) {
    for (const char* name : {"nobody-here", "", "../root", "harlequin ", "harlequin\n"}) {
        for (const char* step : {"account", "open"}) {
            const Outcome outcome = pam("mixed", name, {step});
            EXPECT_NE(outcome.status, 0) << name << ": " << outcome.output;
        }
    }
}

TEST_F(PamTest, AnAccountInNoJailIsNotItsBusiness) {
    const Outcome outcome = pam("mixed", "daemon", {"account", "open", "close"});
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_EQ(pam("mixed", "root", {"account", "open", "close"}).status, 0);
    EXPECT_EQ(recorded(), "");
}

TEST_F(PamTest, WhoHasJailshellAndNoJailIsDenied) {
    std::ofstream("/etc/passwd", std::ios::app)
        << "joker:x:4999:4999::/home/joker:" << paths::kJailshell << "\n";
    for (const char* step : {"account", "open"}) {
        const Outcome outcome = pam("mixed", "joker", {step, "run=exit 0"});
        EXPECT_NE(outcome.status, 0) << outcome.output;
        EXPECT_TRUE(has(outcome.output, "said: ")) << outcome.output;
    }
}

TEST_F(PamTest, SilentSaysNothingButRecordsWhy) {
    service("wrong", "account required pam_jail.so debug\n");
    const Outcome outcome = pam("wrong", "harlequin", {"silent", "account"});
    EXPECT_FALSE(has(outcome.output, "said: ")) << outcome.output;
    EXPECT_TRUE(has(recorded(), "\"denial\"")) << recorded();
}

TEST_F(PamTest, ItemsOfAnyBytesAndLengthAreOneLineOfTheLog) {
    std::string bytes;
    for (int i = 0; i < 4096; ++i) bytes += static_cast<char>(1 + i % 255);
    const Outcome outcome =
        pam("door", "harlequin", {"tty=" + bytes, "rhost=" + bytes, "account", "open", "run=exit 0"});
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_TRUE(eventually([this] { return sessions_recorded() == 1; }));
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
    const std::string lines = recorded();
    EXPECT_TRUE(
        std::none_of(lines.begin(), lines.end(), [](unsigned char c) { return c < 0x20 && c != '\n'; }));
    std::istringstream stream(lines);
    for (std::string line; std::getline(stream, line);) {
        EXPECT_EQ(line.front(), '{') << line;
        EXPECT_EQ(line.back(), '}') << line;
        EXPECT_LT(line.size(), 4096u);
    }
}

TEST_F(PamTest, WhatFailsInsideIsInTheHostsLog) {
    manifest_.seccomp = std::string(16, '\xff');  // the kernel refuses it, when the process is inside
    publish();
    const Outcome outcome = pam("door", "harlequin", {"account", "open", "run=exit 0"});
    EXPECT_NE(outcome.status, 0);
    EXPECT_TRUE(has(outcome.output, "said: the jail of this account is not available")) << outcome.output;
    EXPECT_TRUE(has(recorded(), "load the seccomp filter: Invalid argument")) << recorded();
}

// The first one may have got inside without a filter, or not at all.
TEST_F(PamTest, WhatDidNotOpenIsNotOpenTheNextTime) {
    manifest_.seccomp = std::string(16, '\xff');
    publish();
    const Outcome outcome = pam("door", "harlequin", {"on", "open", "open"});
    EXPECT_FALSE(has(outcome.output, "open: Success")) << outcome.output;
    EXPECT_TRUE(has(outcome.output, "open: System error")) << outcome.output;
}

// An application that goes on whatever it is told comes to its next fork, and no further.
TEST_F(PamTest, ARefusedApplicationThatGoesOnStartsNothing) {
    const std::string made = "/home/harlequin/made";
    const auto expect_nothing = [&](const std::vector<std::string>& steps) {
        const Outcome outcome = pam("door", "harlequin", steps);
        EXPECT_TRUE(WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGSYS)
            << outcome.status << " " << outcome.output;
        EXPECT_FALSE(std::filesystem::exists(made));
        EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).empty(); }));
    };
    manifest_.seccomp = std::string(16, '\xff');  // refused inside, with the namespaces joined already
    publish();
    expect_nothing({"on", "account", "open", "run=write " + made});
    std::filesystem::rename(paths::kSupervisor, std::string(paths::kSupervisor) + ".aside");
    expect_nothing({"on", "open", "run=write " + made});
    expect_nothing({"on", "account", "open", "close", "open", "run=write " + made});
    std::filesystem::rename(std::string(paths::kSupervisor) + ".aside", paths::kSupervisor);
    service("wrong", "session required pam_jail.so unknown\n");
    const Outcome outcome = pam("wrong", "harlequin", {"on", "open", "run=write " + made});
    EXPECT_TRUE(WIFSIGNALED(outcome.status)) << outcome.output;
}

TEST_F(PamTest, ARefusedApplicationStartsNothingAfterATimeOut) {
    manifest_.grace_seconds = 60;
    publish();
    EXPECT_EQ(session(kHarlequin, "exit 0").status, 0);
    signal_to(supervisor_of(kHarlequin), SIGSTOP);
    const Outcome outcome = pam("door", "harlequin", {"on", "open", "run=write /home/harlequin/made"});
    EXPECT_TRUE(WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGSYS) << outcome.output;
    EXPECT_FALSE(std::filesystem::exists("/home/harlequin/made"));
    signal_to(supervisor_of(kHarlequin), SIGCONT);
    signal_to(supervisor_of(kHarlequin), SIGTERM);
}

// su and others fork by posix_spawn(3), or execute the program themselves.
TEST_F(PamTest, ARefusedApplicationExecutesNothing) {
    manifest_.seccomp = std::string(16, '\xff');
    publish();
    const Outcome outcome = pam("door", "harlequin", {"on", "open", "exec=/bin/true"});
    EXPECT_TRUE(WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGSYS) << outcome.output;
}

// A service that systemd starts for a connection has it as standard input, and su would hand it on.
TEST_F(PamTest, ASocketOfTheHostsNetworkIsNoStandardDescriptorOfASession) {
    const auto login = [&](int family) {
        return run([&] {
            const int socket = ::socket(family, SOCK_STREAM, 0);
            if (socket < 0 || ::dup2(socket, 0) < 0) return 90;
            ::execl(JAIL_PAM_LOGIN, JAIL_PAM_LOGIN, kServices, "door", "harlequin", "open", "run=exit 0",
                    nullptr);
            return 91;
        });
    };
    EXPECT_NE(login(AF_INET).status, 0);
    EXPECT_TRUE(has(recorded(), "a standard descriptor is a socket of another network")) << recorded();
    manifest_.network = Network::kHost;
    publish();
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
    const Outcome with_network = login(AF_INET);
    EXPECT_EQ(with_network.status, 0) << with_network.output;
}

// cron opens a temporary file before the session, and its job gets it as standard output.
TEST_F(PamTest, AJobsOutputFileIsNotOneOfTheHosts) {
    const Outcome said = pam("door", "harlequin", {"tmpfile", "account", "open", "run=facts", "close"});
    EXPECT_EQ(said.status, 0) << said.output;
    EXPECT_TRUE(has(said.output, "file: ") && has(said.output, "hostname arkham\n"))
        << "the application reads it as ever: " << said.output;
    const std::string report = "/home/harlequin/report";
    EXPECT_EQ(pam("door", "harlequin", {"tmpfile", "open", "run=output " + report}).status, 0);
    EXPECT_EQ(read_file(report),
              "map: Operation not permitted\nwrite: No space left on device after 16 MiB\n");
    std::filesystem::remove(report);
}

TEST_F(PamTest, AFileSizeLimitOfTheHostsKeepsNoDenialFromTheLog) {
    std::ofstream(std::string(paths::kLogDir) + "/audit.jsonl", std::ios::app)
        << "{\"event\":\"filler\",\"text\":\"" << std::string(8192, 'x') << "\"}\n";
    recorded_ = audit().size();
    manifest_.seccomp = std::string(16, '\xff');
    publish();
    const Outcome outcome =
        pam_under({"/usr/bin/prlimit", "--fsize=4096:unlimited"}, "door", "harlequin", {"account", "open"});
    EXPECT_TRUE(has(outcome.output, "said: the jail of this account is not available")) << outcome.output;
    EXPECT_TRUE(has(recorded(), "load the seccomp filter: Invalid argument")) << recorded() << outcome.output;
}

// As with a directory service, where accounts are bound by a group.
TEST_F(PamTest, AHomeThatASessionModuleMakes) {
    const gid_t gid = kHarlequin + 7;
    const std::string state = paths::kStateDir, record = state + "/groups/" + std::to_string(gid);
    service("homes",
            "account required pam_jail.so\nsession required pam_mkhomedir.so\n"
            "session required pam_jail.so\n");
    const std::string home = ::getpwuid(kHarlequin)->pw_dir;
    std::filesystem::rename(home, home + ".away");
    EXPECT_NE(pam("homes", "harlequin", {"account"}).status, 0) << "one of its own is there already";
    std::ofstream("/etc/group", std::ios::app) << "inmates:x:" << gid << ":harlequin\n";
    std::filesystem::create_directory(state + "/groups");
    std::filesystem::remove(state + "/accounts/" + harlequin_id());
    std::ofstream(record, std::ios::binary) << encode(GroupRecord{"inmates", gid, "arkham"});
    ASSERT_EQ(::chmod(record.c_str(), 0644), 0);
    const Outcome outcome = pam("homes", "harlequin", {"account", "open", "run=facts"});
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_TRUE(has(outcome.output, "hostname arkham\n")) << outcome.output;
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
    std::filesystem::remove_all(home);
    std::filesystem::rename(home + ".away", home);
    EXPECT_EQ(::system("sed -i /^inmates:/d /etc/group"), 0);
    std::filesystem::remove_all(state + "/groups");
}

}  // namespace
}  // namespace jail::testing
