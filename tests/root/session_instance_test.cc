// SPDX-License-Identifier: Apache-2.0
// `instance: session`: each session by itself, the limits for all of them.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <regex>

#include "jail_fixture.h"

namespace jail::testing {
namespace {

class SessionInstanceTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        manifest_.instance_per_session = true;
        publish();
    }
    void TearDown() override {
        for (const pid_t pid : started_) end(pid);
        JailTest::TearDown();
    }

    // A session of harlequin that is there when this returns, and goes on until the test ends.
    pid_t keep(const std::string& command = "sleep 100000") {
        const auto before = sleepers();
        started_.push_back(start_session(kHarlequin, command));
        EXPECT_TRUE(eventually([&] { return sleepers() > before; }));
        return started_.back();
    }
    static void end(pid_t pid) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
    }
    static bool is_init(pid_t pid) {
        return read_file("/proc/" + std::to_string(pid) + "/comm") == "jail-init\n";
    }
    // Harlequin's processes, those that hold the instances left out.
    static std::size_t sleepers() {
        std::vector<pid_t> found = processes_of(kHarlequin);
        std::erase_if(found, is_init);
        return found.size();
    }
    static std::vector<pid_t> inits() {
        std::vector<pid_t> found = processes_of(kHarlequin);
        std::erase_if(found, [](pid_t pid) { return !is_init(pid); });
        return found;
    }
    static Outcome provision(const std::string& arguments) {
        return run([&] { return WEXITSTATUS(::system(("jail-provision " + arguments).c_str())); });
    }
    static std::string fact(const std::string& facts, const std::string& key) {
        std::smatch match;
        return std::regex_search(facts, match, std::regex("(?:^|\\n)" + key + "[ :\\t]+([^\\n]*)"))
                   ? match[1].str()
                   : "missing";
    }

    std::vector<pid_t> started_;
};

TEST_F(SessionInstanceTest, SessionsSeeNothingOfEachOther) {
    keep();
    const std::vector<pid_t> inside = inits();
    const std::string mine = session(kHarlequin, "facts").output;
    ASSERT_EQ(inside.size(), 2u) << "the account's and the session's";
    for (const char* name : {"mnt", "pid", "net", "ipc", "uts", "cgroup"})
        for (const pid_t init : inside) {
            char other[64] = {};
            const std::string link = "/proc/" + std::to_string(init) + "/ns/" + name;
            ASSERT_GT(::readlink(link.c_str(), other, sizeof other - 1), 0);
            EXPECT_NE(fact(mine, std::string("ns-") + name), other);
        }
    EXPECT_EQ(session(kHarlequin, "processes").output.substr(0, 2), "1\n");
    EXPECT_LE(session(kHarlequin, "processes").output.size(), 4u) << "PID 1 and the probe itself";
    EXPECT_EQ(session(kHarlequin, "write /tmp/x").output, "ok\n");
    EXPECT_EQ(session(kHarlequin, "list /tmp").output, "");
    EXPECT_EQ(session(kHarlequin, "write /home/harlequin/x").output, "ok\n");
    EXPECT_EQ(session(kHarlequin, "list /home/harlequin").output, "x\n") << "the home is the account's";
    ::unlink("/home/harlequin/x");
}

TEST_F(SessionInstanceTest, WhatASessionLeavesRunningEndsWithItThoughOthersGoOn) {
    keep();
    EXPECT_EQ(session(kHarlequin, "linger 60").status, 0);
    EXPECT_TRUE(eventually([] { return sleepers() == 1; })) << sleepers();
    // The instance is gone as well, not only empty: the session's own, the one that is kept, and no more.
    EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).size() == 3; }));
}

TEST_F(SessionInstanceTest, TasksAreTheAccounts) {
    manifest_.limits.tasks = 30;
    manifest_.limits.memory_bytes = 1u << 30;
    publish();
    keep("bomb");
    ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() >= 28; }));
    const Outcome outcome = session(kHarlequin, "facts");
    EXPECT_EQ(WEXITSTATUS(outcome.status), 100);
    EXPECT_NE(outcome.output.find("runs as many processes as it may (30)"), std::string::npos)
        << outcome.output;
}

TEST_F(SessionInstanceTest, SessionsAreCountedTogether) {
    manifest_.limits.sessions = 2;
    publish();
    keep();
    keep();
    const Outcome third = session(kHarlequin, "facts");
    EXPECT_EQ(WEXITSTATUS(third.status), 100);
    EXPECT_NE(third.output.find("as many sessions open as it may (2)"), std::string::npos) << third.output;
}

TEST_F(SessionInstanceTest, TheAdministratorSaysWhichOneToEnter) {
    keep();
    const std::string seen = provision("enter harlequin processes").output;
    EXPECT_EQ(std::count(seen.begin(), seen.end(), '\n'), 3)
        << "the only one, where the sleeper is: " << seen;
    keep();
    const Outcome which = provision("enter harlequin processes");
    EXPECT_EQ(WEXITSTATUS(which.status), 1);
    EXPECT_NE(which.output.find("name one by --session: 1 (test) 2 (test)"), std::string::npos)
        << which.output;
    EXPECT_EQ(WEXITSTATUS(provision("enter --session 2 harlequin exit 42").status), 42);
    const Outcome none = provision("enter --session 7 harlequin exit 0");
    EXPECT_EQ(WEXITSTATUS(none.status), 1);
    EXPECT_NE(none.output.find("there is no session 7"), std::string::npos) << none.output;
    EXPECT_TRUE(eventually([] { return provision("list").output.find("yes") != std::string::npos; }))
        << provision("list").output;
}

TEST_F(SessionInstanceTest, KillEndsAllOfThem) {
    manifest_.grace_seconds = 60;
    publish();
    keep();
    keep();
    EXPECT_EQ(provision("kill harlequin").output, "harlequin: ended its jail, sessions: 2, processes: 4\n")
        << "doors and sleepers";
    EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).empty(); }));
}

TEST_F(SessionInstanceTest, ASupervisorThatIsKilledTakesAllOfThemAlong) {
    keep();
    keep();
    ::kill(supervisor_of(kHarlequin), SIGKILL);
    EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).empty(); }));
    for (const pid_t pid : started_) end(pid);
    started_.clear();
    EXPECT_EQ(session(kHarlequin, "exit 0").status, 0) << "takes over what that one left";
}

TEST_F(SessionInstanceTest, ADoorThatDoesNotWaitForItsChildHoldsUpNobody) {
    manifest_.limits.session_seconds = 1;
    publish();
    const pid_t door = keep();
    ::kill(door, SIGSTOP);
    // Its session is over, and its child killed; until the door waits for it, that PID 1 cannot end.
    ASSERT_TRUE(eventually([] { return sleepers() == 0; }, 20));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    ::sleep(6);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
}

TEST_F(SessionInstanceTest, ManyLoginsAtOnceAllWork) {
    std::vector<pid_t> sessions;
    for (int i = 0; i < 16; ++i) sessions.push_back(start_session(kHarlequin, "exit 7"));
    for (const pid_t pid : sessions) {
        int status = 0;
        ::waitpid(pid, &status, 0);
        EXPECT_EQ(WEXITSTATUS(status), 7);
    }
}

}  // namespace
}  // namespace jail::testing
