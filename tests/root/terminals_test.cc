// SPDX-License-Identifier: Apache-2.0
// Terminals are counted for the whole host: how many one account can have, and that the administrator gets
// one.
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <sstream>

#include "jail_fixture.h"
#include "libjail/base/file_descriptor.h"
#include "libjail/policy/terminal_limits.h"

namespace jail::testing {
namespace {

class TerminalsTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        manifest_.limits.tasks = 0;
        manifest_.limits.memory_bytes = 1u << 30;
        publish();
        int ends[2];
        ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
        output_.reset(ends[0]);
        input_.reset(ends[1]);
    }
    void TearDown() override {
        for (const pid_t pid : started_) ::kill(pid, SIGKILL);
        for (const pid_t pid : started_) ::waitpid(pid, nullptr, 0);
        JailTest::TearDown();
    }

    void start(const std::string& command) {
        started_.push_back(start_session(kHarlequin, command, input_.get()));
    }
    // The next line that a started session writes.
    std::string line() const {
        std::string text;
        for (char byte = 0; byte != '\n';) {
            pollfd readable = {output_.get(), POLLIN, 0};
            if (::poll(&readable, 1, 20000) != 1 || ::read(output_.get(), &byte, 1) != 1) return text + "...";
            if (byte != '\n') text += byte;
        }
        return text;
    }
    // A command as an administrator types it, on a terminal of the host's.
    static Outcome on_terminal(const std::string& command) {
        Outcome outcome;
        int master = -1;
        const pid_t pid = ::forkpty(&master, nullptr, nullptr, nullptr);
        if (pid == 0) ::_exit(::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr));
        char buffer[4096];
        for (ssize_t count; (count = ::read(master, buffer, sizeof buffer)) > 0;)
            outcome.output.append(buffer, static_cast<std::size_t>(count));
        ::close(master);
        ::waitpid(pid, &outcome.status, 0);
        return outcome;
    }
    // Directories of jails' devpts that the supervisor has open.
    static int watched_terminals() {
        constexpr long kDevpts = 0x1cd1;
        int found = 0;
        const std::string files = "/proc/" + std::to_string(supervisor_of(kHarlequin)) + "/fd";
        for (const auto& file : std::filesystem::directory_iterator(files)) {
            struct statfs system = {};
            found += ::statfs(file.path().c_str(), &system) == 0 && system.f_type == kDevpts ? 1 : 0;
        }
        return found;
    }

    std::vector<pid_t> started_;
    FileDescriptor output_, input_;
};

class TakenTerminalsTest : public TerminalsTest, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Policies, TakenTerminalsTest,
                         ::testing::Values("", "user_namespace: self", "user_namespace: fakeroot"));

TEST_P(TakenTerminalsTest, TheAdministratorGetsOneWhenTheAccountHasTakenThemAll) {
    take_policy(GetParam());
    start("terminals 60");
    ASSERT_EQ(line(), "256 No space left on device");
    for (const std::string probe : {"enter harlequin ", "enter --root harlequin /bin/probe "}) {
        const Outcome files = on_terminal("jail-provision " + probe + "open-files");
        EXPECT_EQ(files.status, 0) << files.output;
        EXPECT_NE(files.output.find("0 /dev/pts/0"), std::string::npos) << files.output;
        EXPECT_EQ(on_terminal("jail-provision " + probe + "list /dev/pts").output, "0\r\nptmx\r\n")
            << "not one of the account's";
    }
    EXPECT_NE(session(kHarlequin, "list /dev/pts").output.find("\n255\n"), std::string::npos)
        << "others see what they saw";
}

TEST_F(TerminalsTest, TheAdministratorHasTheJailsOwnWhereThereIsOne) {
    start("sleep 60");
    ASSERT_TRUE(eventually([] { return init_of(kHarlequin) != 0; }));
    const Outcome seen = on_terminal("jail-provision enter harlequin facts");
    const std::string mounts =
        std::filesystem::read_symlink("/proc/" + std::to_string(init_of(kHarlequin)) + "/ns/mnt");
    EXPECT_NE(seen.output.find("ns-mnt " + mounts), std::string::npos) << seen.output;
}

TEST_F(TerminalsTest, ManySessionsOfOneAccountHaveNoMoreThan256Together) {
    manifest_.instance_per_session = true;
    publish();
    unsigned together = 0;
    for (std::uint32_t i = 0; i < terminal_limits::kMostInstances; ++i) {
        start("terminals 60");
        unsigned made = 0;
        ASSERT_TRUE(std::istringstream(line()) >> made) << i;
        EXPECT_GE(made, 4u);
        together += made;
    }
    EXPECT_EQ(together, terminal_limits::kOfAnAccount);
    const Outcome one_more = session(kHarlequin, "terminals 0");
    EXPECT_EQ(WEXITSTATUS(one_more.status), 100);
    EXPECT_NE(one_more.output.find("as many sessions open, or left running, as it may (64)"),
              std::string::npos)
        << one_more.output;
    EXPECT_EQ(on_terminal("jail-provision enter --session 5 harlequin exit 42").status >> 8, 42);
}

TEST_F(TerminalsTest, SessionsThatWereLeftRunningCountAsWell) {
    manifest_.instance_per_session = true;
    manifest_.linger = true;
    manifest_.limits.sessions = 2;
    publish();
    for (std::uint32_t i = 0; i < terminal_limits::kMostInstances; ++i)
        ASSERT_EQ(session(kHarlequin, "linger 60").status, 0) << i;
    const Outcome one_more = session(kHarlequin, "exit 0");
    EXPECT_EQ(WEXITSTATUS(one_more.status), 100);
    EXPECT_NE(one_more.output.find("as many sessions open, or left running, as it may (64)"),
              std::string::npos)
        << one_more.output;
    EXPECT_EQ(run([] { return ::system("jail-provision kill harlequin"); }).status, 0);
}

TEST_F(TerminalsTest, WhatTheSupervisorWatchesItLetsGoOfWithTheSession) {
    manifest_.instance_per_session = true;
    manifest_.grace_seconds = 2;
    publish();
    const Outcome outcome = run([&] {
        auto first = client::attach(kHarlequin, "sshd", "ssh", "");
        if (!first) return 1;
        if (!eventually([] { return watched_terminals() == 1; })) return 2;
        auto second = client::attach(kHarlequin, "sshd", "ssh", "");
        if (!second || !eventually([] { return watched_terminals() == 2; })) return 3;
        first.value().connection.reset();
        if (!eventually([] { return watched_terminals() == 1; })) return 4;
        second.value().connection.reset();
        return eventually([] { return watched_terminals() == 0; }) ? 0 : 5;
    });
    EXPECT_EQ(WEXITSTATUS(outcome.status), 0) << outcome.output;
}

}  // namespace
}  // namespace jail::testing
