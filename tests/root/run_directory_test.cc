// SPDX-License-Identifier: Apache-2.0
// /run/jail as a login may find it: full, or left by a power loss, a killed supervisor or an administrator's
// mistake. Each time the login works, or a line reports the error and its place, without a hang and without a
// trace.
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "jail_fixture.h"
#include "libjail/policy/paths.h"

namespace jail::testing {
namespace {

class RunDirectoryTest : public JailTest {
protected:
    const std::string own_ = std::string(paths::kRunDir) + "/" + harlequin_id();

    // What `command` does to /run/jail/<uid>, and what the next login says then.
    Outcome after(const std::string& command) {
        EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
        EXPECT_EQ(::system(("mkdir -p -m 700 " + own_ + " && cd " + own_ + " && " + command).c_str()), 0)
            << command;
        return session(kHarlequin, "exit 7");
    }

    void expect_taken_over(const std::string& command) {
        SCOPED_TRACE(command);
        const Outcome outcome = after(command);
        EXPECT_EQ(WEXITSTATUS(outcome.status), 7) << outcome.output;
        EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }))
            << ::testing::PrintToString(traces_of(kHarlequin));
    }

    // Refused, for this reason, with no process running; after the administrator has removed the cause, a
    // login works.
    void expect_refused(const std::string& command, const std::string& reason) {
        SCOPED_TRACE(command);
        const Outcome outcome = after(command);
        EXPECT_EQ(WEXITSTATUS(outcome.status), 100) << outcome.output;
        EXPECT_NE(outcome.output.find(reason), std::string::npos) << outcome.output;
        EXPECT_TRUE(
            eventually([] { return supervisor_of(kHarlequin) == 0 && processes_of(kHarlequin).empty(); }));
        std::filesystem::remove_all(own_);
        EXPECT_TRUE(traces_of(kHarlequin).empty()) << ::testing::PrintToString(traces_of(kHarlequin));
        EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    }

    // /run/jail as a filesystem of its own with so much room.
    void room(const std::string& options) {
        ASSERT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
        std::filesystem::create_directory(paths::kRunDir);
        ASSERT_EQ(::mount("full", paths::kRunDir, "tmpfs", 0, ("mode=0700," + options).c_str()), 0);
    }
    void more_room() {
        ASSERT_EQ(::mount("full", paths::kRunDir, "tmpfs", MS_REMOUNT, "size=1m,nr_inodes=100"), 0);
    }
    static void unmount() {
        ASSERT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
        ASSERT_EQ(::umount(paths::kRunDir), 0);
    }
};

TEST_F(RunDirectoryTest, WhatADeadSupervisorLeftIsTakenOver) {
    expect_taken_over("touch lock control tree log inbox");
    expect_taken_over(
        "python3 -c 'import socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); "
        "s.bind(\"control\")'");
    expect_taken_over("echo 0123 > tree; touch lock; chmod 777 lock tree");
    expect_taken_over("ln -s /etc/passwd control");
    expect_taken_over("mkfifo control");
    expect_taken_over("mkfifo lock");
}

TEST_F(RunDirectoryTest, WhatIsNotASupervisorsIsRefused) {
    expect_refused("mkdir lock", "lock: Is a directory");
    expect_refused("mkdir control", "unlink " + own_ + "/control: Is a directory");
    expect_refused("mkdir tree", "tree: Is a directory");
    expect_refused("mkfifo tree", "tree: No such device or address");
    expect_refused("ln -s /tmp/elsewhere lock", "lock: Too many levels of symbolic links");
    expect_refused("ln -s /tmp/elsewhere tree", "tree: Too many levels of symbolic links");
    EXPECT_FALSE(std::filesystem::exists("/tmp/elsewhere"));
    expect_refused("chown " + harlequin_id() + " .", own_ + " cannot be trusted: not owned by root");
    expect_refused("chmod 777 .", own_ + " cannot be trusted: writable by group or others");
    expect_refused("cd .. && rmdir " + own_ + " && touch " + own_, "Not a directory");
    expect_refused("cd .. && rmdir " + own_ + " && ln -s /tmp " + own_, own_ + ": ");
}

TEST_F(RunDirectoryTest, ItIsMadeAnewWhereOthersLastLogoutsRemoveIt) {
    // As a supervisor does that was the host's last, at every moment.
    const pid_t remover = ::fork();
    if (remover == 0)
        for (;;) (void)::rmdir(paths::kRunDir);
    for (int i = 0; i < 40; ++i) {
        const Outcome outcome = session(kHarlequin, "exit 7");
        EXPECT_EQ(WEXITSTATUS(outcome.status), 7) << outcome.output;
    }
    ::kill(remover, SIGKILL);
    ::waitpid(remover, nullptr, 0);
}

TEST_F(RunDirectoryTest, AFullRunRefusesALoginAndWorksAgainWhenThereIsRoom) {
    room("nr_inodes=1");
    int refused = 0;
    for (int inodes = 1; inodes <= 6; ++inodes) {
        const std::string options = "size=1m,nr_inodes=" + std::to_string(inodes);
        SCOPED_TRACE(options);
        ASSERT_EQ(::mount("full", paths::kRunDir, "tmpfs", MS_REMOUNT, options.c_str()), 0);
        const Outcome outcome = session(kHarlequin, "exit 7");
        if (WEXITSTATUS(outcome.status) != 7) {
            ++refused;
            EXPECT_EQ(WEXITSTATUS(outcome.status), 100) << outcome.output;
            EXPECT_NE(outcome.output.find("No space left on device"), std::string::npos) << outcome.output;
        }
        EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }))
            << ::testing::PrintToString(traces_of(kHarlequin));
    }
    EXPECT_GE(refused, 3) << "no room for the directory, the lock, the tree's name";
    more_room();
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    unmount();
}

TEST_F(RunDirectoryTest, ARunWithoutABlockLeftRefusesALogin) {
    room("size=4k,nr_inodes=100");
    ASSERT_EQ(::system((std::string("head -c 4096 /dev/zero > ") + paths::kRunDir + "/fill").c_str()), 0);
    const Outcome outcome = session(kHarlequin, "exit 7");
    EXPECT_EQ(WEXITSTATUS(outcome.status), 100) << outcome.output;
    EXPECT_NE(outcome.output.find("write " + own_ + "/tree: No space left on device"), std::string::npos)
        << outcome.output;
    EXPECT_TRUE(traces_of(kHarlequin).empty() || eventually([] { return traces_of(kHarlequin).empty(); }));
    more_room();
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    unmount();
}

}  // namespace
}  // namespace jail::testing
