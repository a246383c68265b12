// SPDX-License-Identifier: Apache-2.0
// The audit log's growth by one account in the long run: a new supervisor refills no bucket, and
// refusals for a limit of its own count.
#include <grp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "jail_fixture.h"
#include "libjail/events/event.h"
#include "libjail/policy/paths.h"
#include "libjail/session/denial.h"
#include "tests/events.h"

namespace jail::testing {
namespace {

class RatesTest : public JailTest {
protected:
    // As many as pass at once; some more flow in while a test runs.
    static constexpr std::size_t kBurst = 50;

    void SetUp() override {
        JailTest::SetUp();
        std::filesystem::remove_all(paths::kLogDir);
    }
    void TearDown() override {
        std::filesystem::remove_all(rates());
        JailTest::TearDown();
    }
    static std::string rates() { return std::string(paths::kRunDir) + "/rates"; }
};

TEST_F(RatesTest, ANewSupervisorDoesNotRefillTheBucketOfDenials) {
    manifest_.grace_seconds = 0;
    publish();
    for (int login = 0; login < 5; ++login) {
        const Outcome outcome = inside([] {
            for (int i = 0; i < 40; ++i)  // again where the queue is full
                while (!send_denial({new_event_id(), "forged", "forged"})) ::usleep(1000);
            return 0;
        });
        ASSERT_EQ(WEXITSTATUS(outcome.status), 0) << outcome.output;
        ASSERT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
    }
    EXPECT_GE(events("denial").size(), kBurst);
    EXPECT_LE(events("denial").size(), kBurst + 20) << "200 were forged";
    EXPECT_GE(events("suppressed").size(), 1u);
    struct stat status = {};
    ASSERT_EQ(::stat((rates() + "/" + harlequin_id()).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(RatesTest, RefusalsForALimitOfTheAccountsAreRecordedAsOftenAsOneAccountMay) {
    manifest_.limits.sessions = 1;
    publish();
    ASSERT_EQ(::chmod(paths::kJailshell, 04711), 0);
    const pid_t first = start_session(kHarlequin, "sleep 600");
    ASSERT_TRUE(eventually([] { return events("session_open").size() == 1; }));
    for (int i = 0; i < 200; ++i) {
        const Outcome refused = outside(kHarlequin, {"jailshell", "-c", "exit 0"});
        ASSERT_EQ(WEXITSTATUS(refused.status), 254);
        ASSERT_NE(
            refused.output.find("has as many sessions open as it may (1); end one of them first (event "),
            std::string::npos)
            << refused.output;
    }
    ASSERT_EQ(::chmod(paths::kJailshell, 0711), 0);
    ::kill(first, SIGKILL);
    ::waitpid(first, nullptr, 0);
    ASSERT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
    EXPECT_GE(events("denial").size(), kBurst);
    EXPECT_LE(events("denial").size(), kBurst + 20) << "200 were refused";
    EXPECT_EQ(events("denial")[0]["limit"], "sessions");
}

// A jail that is damaged refuses setuid jailshell as often as its account executes it.
TEST_F(RatesTest, DenialsThatSetuidJailshellRecordsItselfAreBoundedToo) {
    ASSERT_EQ(::chmod(paths::kJailshell, 04711), 0);
    std::filesystem::rename(paths::kSupervisor, std::string(paths::kSupervisor) + ".aside");
    for (int i = 0; i < 100; ++i)
        ASSERT_EQ(WEXITSTATUS(outside(kHarlequin, {"jailshell", "-c", "exit 0"}).status), 254);
    std::filesystem::rename(std::string(paths::kSupervisor) + ".aside", paths::kSupervisor);
    ASSERT_EQ(::chmod(paths::kJailshell, 0711), 0);
    EXPECT_GE(events("denial").size(), 1u);
    EXPECT_LE(events("denial").size(), 24u) << "12 a minute, and a minute may begin meanwhile";
}

// An account that is in no jail, and in no bound group, cannot make root start a process for it.
TEST_F(RatesTest, ABoundGroupIsNoReasonToStartASupervisorForEveryAccount) {
    const std::string group = std::string(paths::kStateDir) + "/groups/4242424";
    ASSERT_EQ(::system(("mkdir -p " + std::string(paths::kStateDir) + "/groups && touch " + group).c_str()),
              0);
    ASSERT_EQ(::chmod(paths::kJailshell, 04711), 0);
    std::filesystem::rename(paths::kSupervisor, std::string(paths::kSupervisor) + ".aside");
    const auto cause = [](uid_t uid, gid_t gid) {
        (void)run([&] {
            if (::setgroups(1, &gid) != 0 || ::setresgid(uid, uid, uid) != 0 ||
                ::setresuid(uid, uid, uid) != 0)
                return 105;
            ::execl(paths::kJailshell, "jailshell", "-c", "exit 0", nullptr);
            return 106;
        });
        return events("denial").empty() ? std::string() : events("denial").back()["cause"].get<std::string>();
    };
    EXPECT_EQ(cause(4242425, 4242425), "") << "not an account of a jail's: syslog alone has it";
    EXPECT_NE(cause(4242425, 4242424).find("jail-supervisor could not be executed"), std::string::npos)
        << "a member of the group may be in one";
    std::filesystem::rename(std::string(paths::kSupervisor) + ".aside", paths::kSupervisor);
    ASSERT_EQ(::chmod(paths::kJailshell, 0711), 0);
    std::filesystem::remove(group);
}

}  // namespace
}  // namespace jail::testing
