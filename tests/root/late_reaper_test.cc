// SPDX-License-Identifier: Apache-2.0
// A host with a PID 1 that reaps late or never, as in a container that was started without an init: zombies
// with a parent outside of the jail do not keep a session open or a login waiting.
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "jail_fixture.h"
#include "libjail/confine/credentials.h"
#include "libjail/policy/paths.h"
#include "tests/events.h"

namespace jail::testing {
namespace {

class LateReaperTest : public JailTest {
protected:
    // In a pid namespace with a PID 1 that only waits for `body`'s process.
    Outcome under_idle_init(const std::function<int()>& body) {
        return run([&] {
            if (::unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) return 90;
            const pid_t init = ::fork();
            if (init == 0) ::_exit(be_init(body));
            int status = 0;
            ::waitpid(init, &status, 0);
            return WIFEXITED(status) ? WEXITSTATUS(status) : 91;
        });
    }

    // sshd's monitor ends without waiting for its child, whose parent is then the host's PID 1.
    static int leave_zombie() {
        const pid_t opener = ::fork();
        if (opener == 0) {
            const auto lease = client::attach(kHarlequin, "test", "", "");
            if (!lease || !client::enter(lease.value())) ::_exit(100);
            if (::fork() == 0) {
                if (!credentials::become(kHarlequin, kHarlequin, {kHarlequin})) ::_exit(103);
                ::_exit(0);
            }
            ::usleep(50000);
            ::_exit(7);
        }
        int status = 0;
        ::waitpid(opener, &status, 0);
        return WEXITSTATUS(status);
    }

private:
    static int be_init(const std::function<int()>& body) {
        if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("proc", "/proc", "proc", 0, nullptr) != 0)
            return 92;
        const pid_t child = ::fork();
        if (child == 0) ::_exit(body());
        int status = 0;
        ::waitpid(child, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 93;
    }
};

TEST_F(LateReaperTest, ALoginThatFollowsAnotherFindsTheInstanceWarm) {
    std::filesystem::remove_all(paths::kLogDir);
    manifest_.grace_seconds = 60;
    publish();
    const Outcome outcome = under_idle_init([] {
        for (int i = 0; i < 4; ++i)
            if (const int status = leave_zombie(); status != 7) return status;
        signal_to(supervisor_of(kHarlequin), SIGTERM);
        return eventually([] { return traces_of(kHarlequin).empty(); }) ? 0 : 60;
    });
    EXPECT_EQ(WEXITSTATUS(outcome.status), 0) << outcome.output;
    EXPECT_EQ(events("instance_start").size(), 1u) << "one instance for all four";
    EXPECT_EQ(events("session_open").size(), 4u);
}

TEST_F(LateReaperTest, AnInstanceThatStopsWaitsForNoZombie) {
    std::filesystem::remove_all(paths::kLogDir);
    manifest_.grace_seconds = 0;
    publish();
    const Outcome outcome = under_idle_init([] {
        for (int i = 0; i < 3; ++i) {
            if (const int status = leave_zombie(); status != 7) return status;
            if (!eventually([] { return !std::filesystem::exists(paths::kRunDir + ("/" + harlequin_id())); }))
                return 50 + i;
        }
        return 0;
    });
    EXPECT_EQ(WEXITSTATUS(outcome.status), 0) << outcome.output;
    for (const nlohmann::json& stop : events("instance_stop")) EXPECT_EQ(stop["cause"], "idle") << stop;
}

}  // namespace
}  // namespace jail::testing
