// SPDX-License-Identifier: Apache-2.0
// Ways to more than the account's own privilege.
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libjail/confine/credentials.h"
#include "provision/verify/attempt.h"

namespace jail::provision {

namespace {

Observation become_other() {
    return worst_of({expect_refused("setuid to root", ::setuid(0), {EPERM}),
                     expect_refused("setresuid to root", ::setresuid(0, 0, 0), {EPERM}),
                     expect_refused("setgid to root", ::setgid(0), {EPERM}),
                     expect_refused("setgroups", ::setgroups(0, nullptr), {EPERM})});
}

Observation take_capabilities() {
    __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct all[2] = {{~0U, ~0U, ~0U}, {~0U, ~0U, ~0U}};
    const Observation set = expect_refused("capset", ::syscall(SYS_capset, &header, all), {EPERM});
    if (set.state != RowState::kAsPolicy) return set;
    const auto confined = credentials::verify_confined(::getuid());
    return confined ? as_policy("none") : wrong(confined.error().message());
}

// As the system call: glibc's clone wants a stack.
Observation make_user_namespace() {
    const Observation unshared = in_a_child(
        10, [] { return expect_refused("unshare", ::unshare(CLONE_NEWUSER), {EPERM}); },
        [](int) { return wrong("unshare ended the process"); });
    if (unshared.state != RowState::kAsPolicy) return unshared;
    const long cloned = ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (cloned == 0) ::_exit(0);
    const Observation finding = expect_refused("clone", cloned, {EPERM});
    if (cloned > 0) (void)::waitpid(static_cast<pid_t>(cloned), nullptr, 0);
    return finding;
}

Observation change_mounts() {
    return worst_of({expect_refused("mount", ::mount("none", "/tmp", "tmpfs", 0, nullptr), {EPERM}),
                     expect_refused("umount", ::umount2("/proc", MNT_DETACH), {EPERM}),
                     expect_refused("chroot", ::chroot("/"), {EPERM})});
}

}  // namespace

void add_privilege_attempts(const BatteryPlan&, Attempts& attempts) {
    const auto add = [&](const char* code, const char* tried, std::function<Observation()> run) {
        attempts.push_back({"privilege", code, tried, "refused", std::move(run)});
    };
    add("ids", "becoming root", become_other);
    add("capset", "taking capabilities", take_capabilities);
    add("user-namespace", "a user namespace", make_user_namespace);
    add("mounts", "changing mounts and the root directory", change_mounts);
    add("trace", "tracing PID 1 of the jail",
        [] { return expect_refused("ptrace", ::ptrace(PTRACE_SEIZE, 1, 0, 0)); });
}

}  // namespace jail::provision
