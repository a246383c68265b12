// SPDX-License-Identifier: Apache-2.0
// jail-recorder: what it may do, and that no session needs it. And the privilege that its supervisor keeps.
#include <libjail/policy/paths.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <sstream>

#include "jail_fixture.h"
#include "tests/events.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

class RecorderTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        fs::remove_all(paths::kLogDir);
    }

    static std::string status_of(pid_t pid, const std::string& key) {
        std::istringstream lines(read_file("/proc/" + std::to_string(pid) + "/status"));
        for (std::string line; std::getline(lines, line);)
            if (line.rfind(key + ":\t", 0) == 0) return line.substr(key.size() + 2);
        return "none";
    }
    // 0: it does not run.
    static pid_t recorder() {
        const passwd* user = ::getpwnam("_jail-recorder");
        if (user == nullptr) return 0;
        for (const pid_t pid : processes_of(user->pw_uid))
            if (read_file("/proc/" + std::to_string(pid) + "/cmdline").find("jail-recorder") == 0) return pid;
        return 0;
    }
    static bool is_recorded(const std::string& event, std::size_t times) {
        return eventually([&] { return events(event).size() == times; }, 20);
    }
    static void end(pid_t session) {
        signal_to(session, SIGKILL);
        ::waitpid(session, nullptr, 0);
    }
};

TEST_F(RecorderTest, ItHasItsOwnUserAndNoPrivilege) {
    const pid_t held = start_session(kHarlequin, "sleep 600");
    ASSERT_TRUE(is_recorded("session_open", 1));
    const pid_t pid = recorder();
    ASSERT_NE(pid, 0);
    EXPECT_EQ(status_of(pid, "PPid"), std::to_string(supervisor_of(kHarlequin)));
    for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
        EXPECT_EQ(status_of(pid, set), "0000000000000000") << set;
    EXPECT_EQ(status_of(pid, "NoNewPrivs"), "1");
    EXPECT_EQ(status_of(pid, "Seccomp"), "2");
    EXPECT_EQ(status_of(pid, "Groups").find_first_not_of(" \n"), std::string::npos);
    end(held);
}

TEST_F(RecorderTest, OneThatIsKilledEndsNoSessionAndTheNextReportsAreWritten) {
    const pid_t held = start_session(kHarlequin, "sleep 600");
    ASSERT_TRUE(is_recorded("session_open", 1));
    const pid_t first = recorder(), supervisor = supervisor_of(kHarlequin);
    signal_to(first, SIGKILL);
    ASSERT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    EXPECT_TRUE(is_recorded("session_open", 2));
    EXPECT_TRUE(is_recorded("session_close", 1));
    EXPECT_EQ(supervisor_of(kHarlequin), supervisor);
    EXPECT_EQ(::waitpid(held, nullptr, WNOHANG), 0) << "the session goes on";
    end(held);
    EXPECT_TRUE(is_recorded("instance_stop", 1));
}

TEST_F(RecorderTest, ItEndsWhenThereIsNothingToRecordAndComesBack) {
    const pid_t held = start_session(kHarlequin, "sleep 600");
    ASSERT_TRUE(is_recorded("session_open", 1));
    EXPECT_TRUE(eventually([] { return recorder() == 0; }, 30));
    end(held);
    EXPECT_TRUE(is_recorded("session_close", 1));
}

TEST_F(RecorderTest, SessionsNeedNoRecorderAndItCatchesUp) {
    const std::string aside = std::string(paths::kRecorder) + ".aside";
    fs::rename(paths::kRecorder, aside);
    const pid_t held = start_session(kHarlequin, "sleep 600");
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    EXPECT_TRUE(events().empty());
    fs::rename(aside, paths::kRecorder);
    EXPECT_TRUE(is_recorded("session_open", 2)) << "what waited is written";
    EXPECT_TRUE(is_recorded("session_close", 1));
    end(held);
}

TEST_F(RecorderTest, ALogThatWasRenamedIsWrittenNoMore) {
    const pid_t held = start_session(kHarlequin, "sleep 600");
    ASSERT_TRUE(is_recorded("session_open", 1));
    const std::string log = std::string(paths::kLogDir) + "/audit.jsonl";
    fs::rename(log, log + ".1");
    const auto size = fs::file_size(log + ".1");
    ASSERT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    EXPECT_TRUE(is_recorded("session_open", 1));
    EXPECT_TRUE(is_recorded("session_close", 1));
    EXPECT_EQ(fs::file_size(log + ".1"), size);
    end(held);
}

std::uint64_t capability(int number) {
    return std::uint64_t{1} << number;
}

constexpr int kMayKeep[] = {CAP_KILL,         CAP_SYS_PTRACE, CAP_DAC_OVERRIDE, CAP_CHOWN,
                            CAP_SYS_RESOURCE, CAP_SETUID,     CAP_SETGID,       CAP_SETPCAP};

TEST_F(RecorderTest, TheSupervisorKeepsWhatItNeedsAndExecutesNothingWithPrivilege) {
    std::uint64_t needed = 0;
    for (const int number : kMayKeep) needed |= capability(number);
    const pid_t held = start_session(kHarlequin, "sleep 600");
    ASSERT_TRUE(is_recorded("session_open", 1));
    const pid_t pid = supervisor_of(kHarlequin);
    EXPECT_EQ(std::stoull(status_of(pid, "CapPrm"), nullptr, 16) & ~needed, 0u);
    EXPECT_EQ(std::stoull(status_of(pid, "CapEff"), nullptr, 16) & ~needed, 0u);
    EXPECT_EQ(status_of(pid, "CapBnd"), "0000000000000000");
    EXPECT_EQ(status_of(pid, "NoNewPrivs"), "1");
    EXPECT_EQ(status_of(pid, "Seccomp"), "2");
    end(held);
}

TEST_F(RecorderTest, WhereItMakesInstancesAndSendsMailItKeepsMore) {
    manifest_.instance_per_session = true;
    manifest_.mail = true;
    publish();
    const pid_t held = start_session(kHarlequin, "sleep 600");
    ASSERT_TRUE(is_recorded("session_open", 1));
    const pid_t pid = supervisor_of(kHarlequin);
    EXPECT_NE(std::stoull(status_of(pid, "CapEff"), nullptr, 16) & capability(CAP_SYS_ADMIN), 0u);
    EXPECT_NE(std::stoull(status_of(pid, "CapBnd"), nullptr, 16), 0u);
    EXPECT_EQ(status_of(pid, "Seccomp"), "2");
    end(held);
}

}  // namespace
}  // namespace jail::testing
