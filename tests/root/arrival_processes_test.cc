// SPDX-License-Identifier: Apache-2.0
// Processes that an account has outside when it comes into a jail.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "arrival_fixture.h"

namespace jail::testing {
namespace {

TEST_F(ArrivalTest, AProcessOutsideIsTold) {
    const pid_t pid = start(all_ids("shell_only"));
    expect_refused("shell_only is currently used by process " + std::to_string(pid) +
                       " (sleep); end it, say --kill, or say --force",
                   "outside.process");
    EXPECT_TRUE(
        has(sh("jail-provision apply").output, "/etc/jail/jails/gotham.yaml:3:12: shell_only is currently"));
    expect_bound_with_force("shell_only is currently used by process");
    EXPECT_TRUE(runs(pid));
}

// Such a process has neither memory nor a mount namespace as /proc shows it, and its other threads run.
TEST_F(ArrivalTest, AProcessWhoseFirstThreadHasEndedIsTold) {
    std::ofstream("/tmp/headless.py") << "import ctypes, threading, time\n"
                                         "threading.Thread(target=time.sleep, args=(1000,)).start()\n"
                                         "ctypes.CDLL(None).syscall(60, 0)\n";
    const pid_t pid = start(all_ids("shell_only"), "python3 /tmp/headless.py");
    const std::string status = "/proc/" + std::to_string(pid) + "/status";
    ASSERT_EQ(
        sh("for i in $(seq 500); do grep -q 'State:.Z' " + status + " && exit; sleep 0.02; done; exit 1")
            .status,
        0);
    expect_refused("shell_only is currently used by process " + std::to_string(pid), "outside.process");
    EXPECT_EQ(sh("jail-provision add --kill shell_only").status, 0);
    EXPECT_EQ(sh("pgrep -l -u shell_only").output, "");
}

// The kernel names each group of a process in its status, as many as it has (setgroups(2): 65536).
TEST_F(ArrivalTest, AProcessInAsManyGroupsAsThereCanBeIsTold) {
    std::ofstream("/tmp/groups.py") << "import os, pwd, time\n"
                                       "account = pwd.getpwnam('shell_only')\n"
                                       "os.setgroups([account.pw_gid] + list(range(300000, 365535)))\n"
                                       "os.setresgid(*[account.pw_gid] * 3)\n"
                                       "os.setresuid(*[account.pw_uid] * 3)\n"
                                       "open('/tmp/in_groups', 'w').close()\n"
                                       "time.sleep(1000)\n";
    ASSERT_EQ(sh("chmod 1777 /tmp; rm -f /tmp/in_groups; python3 /tmp/groups.py > /dev/null 2>&1 & "
                 "for i in $(seq 500); do [ -e /tmp/in_groups ] && exit; sleep 0.02; done; exit 1")
                  .status,
              0);
    list("shell_only");
    expect_refused("shell_only is currently used by process", "outside.process");
    EXPECT_EQ(sh("jail-provision add --kill shell_only").status, 0);
    EXPECT_EQ(sh("pgrep -l -u shell_only").output, "");
}

TEST_F(ArrivalTest, KillEndsProcessesOutsideAndNobodyElses) {
    const pid_t others = start(all_ids("other_one"));
    for (const char* command : {"add --kill shell_only", "apply --kill"}) {
        sh("jail-provision remove shell_only");
        list("shell_only");
        // Each makes another before it ends: one look at /proc is not enough.
        const pid_t pid = start(all_ids("shell_only"));
        start(all_ids("shell_only"), "sh -c 'f() { sleep 0.01; f & }; f & f & f & wait'");
        const Ran plan = sh(std::string("jail-provision ") + command + " --dry-run");
        EXPECT_NE(plan.status, 1) << plan.output;
        EXPECT_TRUE(runs(pid));
        const Ran run = sh(std::string("jail-provision ") + command);
        EXPECT_NE(run.status, 1) << run.output;
        EXPECT_EQ(sh("pgrep -l -u shell_only").output, "");
        EXPECT_EQ(jail_of("shell_only"), "gotham");
    }
    EXPECT_TRUE(runs(others));
}

TEST_F(ArrivalTest, AProgramOfRootsThatWorksAsTheAccountIsToldAndNotEnded) {
    list("shell_only");
    const pid_t pid = start("--euid shell_only");
    expect_refused("end it: it is another account's, and works as this one", "outside.process");
    EXPECT_EQ(sh("jail-provision add --kill shell_only").status, 1);
    EXPECT_TRUE(runs(pid));
}

}  // namespace
}  // namespace jail::testing
