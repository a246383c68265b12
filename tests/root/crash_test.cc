// SPDX-License-Identifier: Apache-2.0
// Random kills: after a kill of any process at any moment, no trace stays behind and no process runs outside
// its jail.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <random>

#include "jail_fixture.h"
#include "libjail/policy/paths.h"

namespace jail::testing {
namespace {

constexpr int kLogins = 8;
constexpr int kKillsOfARound = 6;

class CrashTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        manifest_.limits.tasks = 256;
        publish();
    }

    // Every process of the account is in a pid namespace that is not ours: all are jailed.
    static void expect_all_jailed() {
        char ours[64] = {};
        ASSERT_GT(::readlink("/proc/self/ns/pid", ours, sizeof ours - 1), 0);
        for (const pid_t pid : processes_of(kHarlequin)) {
            char theirs[64] = {};
            const std::string link = "/proc/" + std::to_string(pid) + "/ns/pid";
            if (::readlink(link.c_str(), theirs, sizeof theirs - 1) > 0) {
                EXPECT_STRNE(ours, theirs) << read_file("/proc/" + std::to_string(pid) + "/cmdline");
            }
        }
    }

    // 50, that is some 600 kills in four tests, unless CRASH_ROUNDS says otherwise: under sanitizers
    // everything takes ten times as long.
    static int rounds() {
        const char* wanted = std::getenv("CRASH_ROUNDS");
        return wanted == nullptr ? 50 : std::atoi(wanted);
    }

    unsigned microseconds_of_a_login() {
        using namespace std::chrono;
        const auto start = steady_clock::now();
        EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
        return static_cast<unsigned>(duration_cast<microseconds>(steady_clock::now() - start).count());
    }

    void pause_up_to(unsigned microseconds) { ::usleep(static_cast<useconds_t>(random_() % microseconds)); }

    template <class List>
    pid_t any_of(const List& pids) {
        return pids.empty() ? 0 : pids[random_() % pids.size()];
    }

    // Without what the instance keeps while it waits for a next session.
    static bool no_session_is_left() {
        const auto left = processes_of(kHarlequin);
        return left.empty() || (left.size() == 1 && left[0] == init_of(kHarlequin));
    }

    // Eight logins that start while `victim` is killed again and again; each round meets the remains of the
    // one before it, and after the last one a login must work as ever.
    void kill_rounds(const std::function<pid_t()>& victim) {
        const char* const commands[] = {"linger 60", "sleep 60", "exit 7", "fork 3"};
        // From before PID 1 stands to after all sessions run, on a machine of whatever speed.
        const unsigned login = microseconds_of_a_login();
        const unsigned paces[] = {login / 8, login / 2, login * 2};
        int kills = 0;
        for (int round = 0; round < rounds(); ++round) {
            SCOPED_TRACE(round);
            doors_.clear();
            const unsigned pace = paces[random_() % 3];
            for (int i = 0; i < kLogins; ++i) {
                doors_.push_back(start_session(kHarlequin, commands[random_() % 4]));
                pause_up_to(1500);
            }
            for (int i = 0; i < kKillsOfARound; ++i) {
                if (const pid_t pid = victim(); pid > 1 && ::kill(pid, SIGKILL) == 0) ++kills;
                expect_all_jailed();
                pause_up_to(pace);
            }
            for (const pid_t pid : doors_) ::kill(pid, SIGKILL);
            for (const pid_t pid : doors_) ::waitpid(pid, nullptr, 0);
            ASSERT_TRUE(eventually(no_session_is_left)) << ::testing::PrintToString(processes_of(kHarlequin));
        }
        std::printf("%d kills\n", kills);
        const Outcome after = session(kHarlequin, "exit 7");
        EXPECT_EQ(WEXITSTATUS(after.status), 7) << after.output;
    }

    std::vector<pid_t> doors_;
    std::mt19937 random_{20260101};
};

TEST_F(CrashTest, TheSupervisorKilledAtRandomMoments) {
    kill_rounds([] { return supervisor_of(kHarlequin); });
}

TEST_F(CrashTest, Pid1KilledAtRandomMoments) {
    kill_rounds([] { return init_of(kHarlequin); });
}

TEST_F(CrashTest, ASessionKilledAtRandomMoments) {
    kill_rounds([this] { return any_of(processes_of(kHarlequin)); });
}

TEST_F(CrashTest, AnyProcessKilledAtRandomMoments) {
    kill_rounds([this]() -> pid_t {
        switch (random_() % 4) {
            case 0:
                return supervisor_of(kHarlequin);
            case 1:
                return init_of(kHarlequin);
            case 2:
                return any_of(doors_);
            default:
                return any_of(processes_of(kHarlequin));
        }
    });
}

// The pipe that "ready" is written to has no reader then; another login may be waiting already.
TEST_F(CrashTest, ASupervisorWhoseStarterWasKilledServesTheNextLogin) {
    const pid_t supervisor = ::fork();
    if (supervisor == 0) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0 || ::dup2(ends[1], 1) < 0) ::_exit(105);
        ::execl(paths::kSupervisor, "jail-supervisor", harlequin_id().c_str(), nullptr);
        ::_exit(106);
    }
    ASSERT_TRUE(eventually([] { return init_of(kHarlequin) != 0; }));
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    int status = 0;
    ASSERT_EQ(::waitpid(supervisor, &status, 0), supervisor);
    EXPECT_EQ(status, 0) << "it was ended by signal " << WTERMSIG(status);
}

TEST_F(CrashTest, ALoginRacingTheLastLogout) {
    // With no grace time every session's end is the instance's end, so each login meets a supervisor that
    // goes.
    for (int round = 0; round < 2 * rounds(); ++round) {
        const Outcome outcome = session(kHarlequin, "exit 7");
        ASSERT_EQ(WEXITSTATUS(outcome.status), 7) << round << ": " << outcome.output;
    }
}

TEST_F(CrashTest, LoginsRacingEachOthersLogouts) {
    // Three at a time, each of which starts while others end: every one of them works.
    for (int round = 0; round < rounds(); ++round) {
        std::vector<pid_t> sessions;
        for (int i = 0; i < 3; ++i) {
            sessions.push_back(start_session(kHarlequin, "exit 7"));
            pause_up_to(25000);
        }
        for (const pid_t pid : sessions) {
            int status = 0;
            ::waitpid(pid, &status, 0);
            ASSERT_EQ(WEXITSTATUS(status), 7) << round;
        }
    }
}

}  // namespace
}  // namespace jail::testing
