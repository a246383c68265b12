// Each step between a login and its session, made to fail: strace answers the Nth call of a name with an
// error, in the door, the supervisor or PID 1 of the jail. Then there is no session. A step that may fail is
// named here, with why.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "jail_fixture.h"
#include "libjail/landlock.h"
#include "libjail/paths.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

class LoginFaultTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        fs::permissions(paths::kJailshell, fs::perms(04711));
    }
    void TearDown() override {
        fs::permissions(paths::kJailshell, fs::perms(0711));
        fs::remove(kTrace);
        JailTest::TearDown();
    }

    // The status of a login by setuid jailshell whose session would end with 7.
    int login(const std::string& call, int number, const std::string& error) {
        const std::string inject = "inject=" + call + ":error=" + error + ":when=" + std::to_string(number);
        const Outcome outcome = run([&] {
            ::execlp("strace", "strace", "-f", "-qq", "-o", kTrace, "-u", "harlequin", "-e",
                     ("trace=" + call).c_str(), "-e", inject.c_str(), paths::kJailshell, "-c", "exit 7",
                     nullptr);
            return 99;
        });
        EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }))
            << ::testing::PrintToString(traces_of(kHarlequin));
        return outcome.status;
    }
    static bool injected() { return read_file(kTrace).find("(INJECTED)") != std::string::npos; }

    // How often a call is made, at most: each is made to fail once. The number of failures.
    int expect_none_tolerated(const std::string& call) {
        for (int number = 1;; ++number) {
            SCOPED_TRACE(call + " " + std::to_string(number));
            const int status = login(call, number, "EIO");
            if (!injected()) {
                EXPECT_EQ(WEXITSTATUS(status), 7);
                return number - 1;
            }
            EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 254) << status << "\n"
                                                                         << read_file(kTrace);
            if (HasFailure() || number > 200) return number;
        }
    }

    static constexpr char kTrace[] = "/run/login-faults";
};

TEST_F(LoginFaultTest, EveryStepOfTheRootDirectoryCounts) {
    for (const char* call :
         {"fsopen", "fsconfig", "fsmount", "open_tree", "mount_setattr", "move_mount", "pivot_root",
          "umount2", "mount", "mkdirat", "mknodat", "symlinkat", "fchownat", "fchmodat"})
        EXPECT_GE(expect_none_tolerated(call), 1) << call;
}

TEST_F(LoginFaultTest, EveryStepOfIsolationCounts) {
    std::vector<std::string> calls = {"clone3",  "setns",  "unshare",   "sethostname", "setdomainname",
                                      "seccomp", "capset", "setgroups", "setresuid",   "setresgid"};
    if (landlock::version().value() >= 2)
        calls.insert(calls.end(), {"landlock_add_rule", "landlock_restrict_self"});
    for (const std::string& call : calls) EXPECT_GE(expect_none_tolerated(call), 1) << call;
}

// Some hundred calls a login, most of them one a capability: every seventh. PID 1's name is for ps.
TEST_F(LoginFaultTest, EveryStepOfGivingUpPrivilegeCounts) {
    int number = 1, refused = 0;
    for (;; number += 7) {
        SCOPED_TRACE("prctl " + std::to_string(number));
        const int status = login("prctl", number, "EIO");
        const std::string trace = read_file(kTrace);
        if (!injected()) break;
        const std::size_t at = trace.find("(INJECTED)");
        const bool is_name = trace.rfind("PR_SET_NAME", at) != std::string::npos &&
                             trace.rfind("PR_SET_NAME", at) > trace.rfind('\n', at) + 1;
        if (is_name) continue;
        EXPECT_EQ(WEXITSTATUS(status), 254) << trace.substr(trace.rfind('\n', at) + 1, 200);
        if (HasFailure()) return;
        ++refused;
    }
    EXPECT_GE(refused, 10);
}

}  // namespace
}  // namespace jail::testing
