// Random kills: whatever is killed at whatever moment, nothing stays behind and nothing runs outside its
// jail.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <random>

#include "jail_fixture.h"

namespace jail::testing {
namespace {

class CrashTest : public JailTest {
protected:
    // Every process of the account is in a pid namespace that is not ours: none is unjailed.
    void expect_all_jailed() {
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

    // 150 unless CRASH_ROUNDS says otherwise: under sanitizers everything takes ten times as long.
    static int rounds() {
        const char* wanted = std::getenv("CRASH_ROUNDS");
        return wanted == nullptr ? 150 : std::atoi(wanted);
    }

    // A few logins, a kill of `victim` at a random moment, then a login that must work as if nothing had
    // been.
    void kill_rounds(const std::function<pid_t()>& victim) {
        std::mt19937 random(20260101);
        for (int round = 0; round < rounds(); ++round) {
            SCOPED_TRACE(round);
            std::vector<pid_t> sessions;
            for (int i = 0; i < 2; ++i) sessions.push_back(start_session(kHarlequin, "linger 60"));
            sessions.push_back(start_session(kHarlequin, "sleep 60"));
            ::usleep(static_cast<useconds_t>(random() % 12000));
            expect_all_jailed();
            if (const pid_t pid = victim(); pid != 0) ::kill(pid, SIGKILL);
            ::usleep(static_cast<useconds_t>(random() % 2000));
            expect_all_jailed();
            for (const pid_t pid : sessions) ::kill(pid, SIGKILL);
            for (const pid_t pid : sessions) ::waitpid(pid, nullptr, 0);
            ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).empty(); }))
                << ::testing::PrintToString(processes_of(kHarlequin));
        }
        const Outcome after = session(kHarlequin, "exit 7");
        EXPECT_EQ(WEXITSTATUS(after.status), 7) << after.output;
    }
};

TEST_F(CrashTest, TheSupervisorKilledAtRandomMoments) {
    kill_rounds([] { return supervisor_of(kHarlequin); });
}

TEST_F(CrashTest, Pid1KilledAtRandomMoments) {
    kill_rounds([] { return init_of(kHarlequin); });
}

TEST_F(CrashTest, ASessionKilledAtRandomMoments) {
    kill_rounds([]() -> pid_t {
        const auto processes = processes_of(kHarlequin);
        return processes.empty() ? 0 : processes.back();
    });
}

TEST_F(CrashTest, ALoginRacingTheLastLogout) {
    // With no grace time every session's end is the instance's end, so each login meets a supervisor that
    // goes.
    for (int round = 0; round < rounds(); ++round) {
        const Outcome outcome = session(kHarlequin, "exit 7");
        ASSERT_EQ(WEXITSTATUS(outcome.status), 7) << round << ": " << outcome.output;
    }
}

// The last supervisor of all takes /run/jail itself away, while another account's makes its place below it.
TEST_F(CrashTest, ALoginRacingTheLastLogoutOfAnotherAccount) {
    const Outcome both = run([this] {
        const pid_t other = ::fork();
        const uid_t uid = other == 0 ? kIvy : kHarlequin;
        int denied = 0;
        for (int round = 0; round < rounds() * 4; ++round) {
            const Outcome outcome = session(uid, "exit 7");
            if (WEXITSTATUS(outcome.status) == 7) continue;
            ::dprintf(1, "%d: %s", round, outcome.output.c_str());
            ++denied;
        }
        if (other == 0) ::_exit(denied);
        int status = 0;
        ::waitpid(other, &status, 0);
        return denied + WEXITSTATUS(status);
    });
    EXPECT_EQ(both.status, 0) << both.output;
}

TEST_F(CrashTest, StaleStateOfAPowerLossIsTakenOver) {
    ASSERT_EQ(::system(("mkdir -p /run/jail/" + harlequin_id() + " && cd /run/jail/" + harlequin_id() +
                        " && touch lock control")
                           .c_str()),
              0);
    const Outcome outcome = session(kHarlequin, "exit 7");
    EXPECT_EQ(WEXITSTATUS(outcome.status), 7) << outcome.output;
}

}  // namespace
}  // namespace jail::testing
