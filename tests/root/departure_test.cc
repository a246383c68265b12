// SPDX-License-Identifier: Apache-2.0
// Accounts that leave their jail, and accounts with processes that are ended: when the account has left its
// jail, no process of a jailed session is left, and no process of the account on the host.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "jail_fixture.h"

namespace jail::testing {
namespace {

class DepartureTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        passwd_ = read_file("/etc/passwd");
    }
    void TearDown() override {
        for (const pid_t pid : started_) end(pid);
        std::ofstream("/etc/passwd") << passwd_;
        JailTest::TearDown();
    }

    static void end(pid_t pid) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
    }
    static Outcome provision(const std::string& arguments) {
        return run([&] { return WEXITSTATUS(::system(("jail-provision " + arguments).c_str())); });
    }
    // A process of the account on the host.
    pid_t start_outside(uid_t uid) {
        const pid_t pid = ::fork();
        if (pid == 0) {
            if (::setresgid(uid, uid, uid) != 0 || ::setresuid(uid, uid, uid) != 0) ::_exit(1);
            for (;;) ::pause();
        }
        started_.push_back(pid);
        EXPECT_TRUE(eventually([&] { return !processes_of(uid).empty(); }));
        return pid;
    }
    pid_t keep_logging_in(useconds_t pause) {
        const pid_t pid = ::fork();
        if (pid == 0)
            for (;;) {
                const int status = WEXITSTATUS(session(kHarlequin, "exit 7").status);
                if (status == 254) ::_exit(1);  // no session, for a reason that is not this test's
                ::usleep(pause);
            }
        return pid;
    }
    // Waits for the record to go, and prints what of the account is alive at that instant.
    static Running watch_record() {
        return start([] {
            const std::string record = "/var/lib/jail/accounts/" + harlequin_id();
            while (::access(record.c_str(), F_OK) == 0) continue;
            for (const pid_t pid : processes_of(kHarlequin))
                ::dprintf(1, "%d %s", pid, read_file("/proc/" + std::to_string(pid) + "/comm").c_str());
            return 0;
        });
    }
    void expect_nobody_inside_when_the_record_goes(const std::string& options, useconds_t pause) {
        for (int round = 0; round < 4; ++round) {
            std::ofstream("/etc/passwd") << passwd_;
            publish();
            const pid_t logins = keep_logging_in(pause);
            EXPECT_TRUE(eventually([] { return supervisor_of(kHarlequin) != 0; }));
            const Running watching = watch_record();
            std::string said;
            EXPECT_TRUE(eventually(
                [&] {
                    const Outcome removed = provision("remove harlequin " + options);
                    said += removed.output;
                    return removed.status == 0;
                },
                30))
                << said;
            EXPECT_EQ(finish(watching).output, "") << "of " << said;
            EXPECT_EQ(::waitpid(logins, nullptr, WNOHANG), 0);
            end(logins);
            EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).empty(); }));
        }
    }

    std::vector<pid_t> started_;
    std::string passwd_;
};

TEST_F(DepartureTest, RemoveWithForceEndsSessionsBeforeTheRecordGoes) {
    expect_nobody_inside_when_the_record_goes("--force", 0);
}

TEST_F(DepartureTest, RemoveWaitsForNobodyInsideBeforeTheRecordGoes) {
    manifest_.grace_seconds = 60;  // an empty jail stays
    expect_nobody_inside_when_the_record_goes("", 100'000);
}

TEST_F(DepartureTest, WhatLingersKeepsAnAccountFromLeaving) {
    manifest_.linger = true;
    publish();
    const Outcome left = session(kHarlequin, "linger 1000");
    EXPECT_EQ(left.status, 0) << left.output;
    ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() >= 2; }));
    const Outcome refused = provision("remove harlequin");
    EXPECT_EQ(WEXITSTATUS(refused.status), 1);
    EXPECT_NE(
        refused.output.find("has processes in its jail (linger); jail-provision kill harlequin ends it"),
        std::string::npos)
        << refused.output;
    EXPECT_EQ(provision("remove --force harlequin").status, 0);
    EXPECT_TRUE(processes_of(kHarlequin).empty());
}

TEST_F(DepartureTest, ARemovalThatFailsLeavesTheAccountInItsJail) {
    std::ofstream("/etc/passwd", std::ios::app)
        << "harlequin:x:1:1::/:/bin/sh\n";  // two lines: no shell can be set
    EXPECT_EQ(WEXITSTATUS(provision("remove harlequin").status), 1);
    std::ofstream("/etc/passwd") << passwd_;
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
}

TEST_F(DepartureTest, KillEndsWhatTheAccountHasOutsideToo) {
    start_outside(kHarlequin);
    const pid_t others = start_outside(kIvy);
    const Outcome alone = provision("kill harlequin");
    EXPECT_EQ(alone.output, "harlequin: no jail runs, processes outside of it that were ended: 1\n");
    started_.push_back(hold_session(kHarlequin));
    start_outside(kHarlequin);
    start_outside(kHarlequin);
    const Outcome both = provision("kill --json harlequin");
    EXPECT_EQ(both.status, 0);
    EXPECT_NE(both.output.find("\"outside\": 2"), std::string::npos) << both.output;
    EXPECT_TRUE(processes_of(kHarlequin).empty());
    EXPECT_EQ(processes_of(kIvy), std::vector<pid_t>{others});
}

TEST_F(DepartureTest, KillLeavesAloneWhatIsOutsideOfAnAccountInNoJail) {
    started_.push_back(hold_session(kHarlequin));
    const pid_t outside = start_outside(kHarlequin);
    std::filesystem::remove("/var/lib/jail/accounts/" + harlequin_id());
    std::string changed = passwd_;  // nor is its shell a jail's
    const std::size_t line = changed.find("\nharlequin:"), end = changed.find('\n', line + 1);
    changed.replace(changed.rfind(':', end) + 1, end - changed.rfind(':', end) - 1, "/bin/sh");
    std::ofstream("/etc/passwd") << changed;
    const Outcome outcome = provision("kill harlequin");
    EXPECT_NE(outcome.output.find("harlequin: ended its jail"), std::string::npos) << outcome.output;
    EXPECT_EQ(processes_of(kHarlequin), std::vector<pid_t>{outside});
}

}  // namespace
}  // namespace jail::testing
