// SPDX-License-Identifier: Apache-2.0
// A jail made by hand, without jail-provision: accounts in the sandbox's /etc/passwd, a tree that holds the
// static probe, a manifest. Needs root inside scripts/sandbox, which is isolated from the host.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "libjail/policy/manifest.h"
#include "libjail/session/client.h"

namespace jail::testing {

struct Outcome {
    int status = 0;  // of waitpid(2)
    std::string output;
};

struct Running {
    pid_t pid = 0;
    int output = -1;  // readable at its end
};

class JailTest : public ::testing::Test {
protected:
    // Other ones in each run: /sys/fs/cgroup is not the sandbox's own, and runs side by side must not meet
    // there.
    static const uid_t kHarlequin;
    static const uid_t kIvy;
    static std::string harlequin_id() { return std::to_string(kHarlequin); }

    void SetUp() override;
    void TearDown() override;

    // Publishes the manifest below for both accounts.
    void publish();
    // Gives it the user namespace and the system-call filter that jail-provision compiles from these keys,
    // and publishes it.
    void take_policy(const std::string& keys);
    // A session of the account through the client's attach and enter, as pam_jail does: `probe` runs inside
    // as the account with these words, through jailshell.
    Outcome session(uid_t uid, const std::string& command);
    // As session(), but without jailshell: internal-sftp, cron's jobs, `su -s`.
    Outcome session_without_shell(uid_t uid, const std::string& command);
    // As session(), but in the background; it ends with the descriptor that finish() closes, or by itself.
    pid_t start_session(uid_t uid, const std::string& command, int output = -1);
    // A session that sleeps, started so and seen inside: the next login joins its instance.
    pid_t hold_session(uid_t uid);
    // A session in which `body` runs as the account, like any other process of the account and not like our
    // programs. Root runs `before` there.
    static Outcome inside(const std::function<int()>& body, const std::function<void()>& before = {});
    static Running start_inside(const std::function<int()>& body, const std::function<void()>& before = {});
    // setuid jailshell from outside.
    Outcome outside(uid_t uid, const std::vector<std::string>& arguments);

    // True when `condition` came true within `seconds`.
    static bool eventually(const std::function<bool()>& condition, double seconds = 10);
    static std::string read_file(const std::string& path);
    static Outcome run(const std::function<int()>& body);
    // The same in two steps. (Never from a thread: the child of a program with several may find the allocator
    // locked for ever, a sanitizer's above all.)
    static Running start(const std::function<int()>& body);
    static Outcome finish(const Running& running);
    // Processes of the sandbox with the real uid `uid`, without zombies.
    static std::vector<pid_t> processes_of(uid_t uid);
    // The number that a process has in its own pid namespace.
    static std::string pid_inside(pid_t pid);
    static pid_t supervisor_of(uid_t uid);
    // To a process that was found; pid 0, not found, would be our own process group: that is a failure.
    static void signal_to(pid_t pid, int signal);
    // PID 1 of the account's instance, as seen outside.
    static pid_t init_of(uid_t uid);
    // The traces of an instance of this uid: run directory, cgroups.
    static std::vector<std::string> traces_of(uid_t uid);

    Manifest manifest_;
    std::string mounts_before_;
};

}  // namespace jail::testing
