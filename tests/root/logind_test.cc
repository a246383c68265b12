// SPDX-License-Identifier: Apache-2.0
// loginctl terminate-session: logind finds no process of a jailed session, the supervisor reads its files.
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "jail_fixture.h"
#include "libjail/confine/credentials.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;
constexpr char kSessions[] = "/run/systemd/sessions";

class LogindTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        fs::create_directories(kSessions);
        write_state("c77", "active");
        write_state("c78", "active");
    }
    void TearDown() override {
        fs::remove_all("/run/systemd/sessions");
        JailTest::TearDown();
    }

    // As logind does: a file of its own is put over the other one.
    static void write_state(const std::string& id, const std::string& state) {
        const std::string path = std::string(kSessions) + "/" + id;
        std::ofstream(path + ".new") << "# made by a test\nUID=1\nSTATE=" << state << "\nREMOTE=1\n";
        fs::rename(path + ".new", path);
    }
    // sshd's monitor with a program inside; its exit status is the signal that ended the program.
    static pid_t log_in(const std::string& id) {
        const pid_t monitor = ::fork();
        if (monitor != 0) return monitor;
        const auto lease = client::attach(kHarlequin, "sshd", "ssh", "", id);
        if (!lease || !client::enter(lease.value())) ::_exit(100);
        const pid_t child = ::fork();
        if (child == 0) {
            if (!credentials::become(kHarlequin, kHarlequin, {kHarlequin})) ::_exit(103);
            ::pause();
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        ::_exit(WIFSIGNALED(status) ? WTERMSIG(status) : 101);
    }
    static bool runs(pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) == 0; }
};

TEST_F(LogindTest, ASessionThatTheHostTerminatesEndsAndOthersGoOn) {
    for (const bool removed : {false, true}) {
        const pid_t ended = log_in("c77"), other = log_in("c78");
        // Monitors, programs and PID 1.
        ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() == 3; }));
        write_state("c99", "active");  // somebody else's
        ::usleep(200'000);
        EXPECT_TRUE(runs(ended));
        if (removed)
            fs::remove(std::string(kSessions) + "/c77");
        else
            write_state("c77", "closing");
        int status = 0;
        ASSERT_TRUE(eventually([&] { return ::waitpid(ended, &status, WNOHANG) == ended; }));
        EXPECT_TRUE(WEXITSTATUS(status) == SIGTERM || WEXITSTATUS(status) == SIGKILL) << status;
        EXPECT_TRUE(runs(other));
        ::kill(other, SIGKILL);
        ::waitpid(other, nullptr, 0);
        write_state("c77", "active");
        ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() <= 1; }));
    }
}

}  // namespace
}  // namespace jail::testing
