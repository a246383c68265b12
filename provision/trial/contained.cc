// SPDX-License-Identifier: Apache-2.0
#include "provision/trial/contained.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "libjail/base/process.h"
#include "provision/base/problem.h"

namespace jail::provision {

namespace {

// As PID 1.
Result<> make_mounts() {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return errno_error("prctl PR_SET_PDEATHSIG");
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno_error("mount", "/");
    if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
        return errno_error("mount", "/proc");
    return success();
}

int reap_until(pid_t worker) {
    for (;;) {
        int wait_status = 0;
        const pid_t ended = ::wait(&wait_status);
        if (ended == worker) return status_of(wait_status);
        if (ended < 0 && errno != EINTR) return 1;
    }
}

[[noreturn]] void be_init(const std::function<int()>& body) {
    const Result<> mounted = make_mounts();
    const pid_t worker = mounted ? ::fork() : -1;
    if (worker == 0) {
        const int status = body();
        (void)std::fflush(nullptr);
        ::_exit(status);
    }
    if (!mounted || worker < 0) {
        const Error error = mounted ? errno_error("fork") : mounted.error();
        (void)::dprintf(STDERR_FILENO, "jail-provision: %s\n", describe(error).c_str());
        ::_exit(1);
    }
    ::_exit(reap_until(worker));
}

}  // namespace

int status_of(int wait_status) {
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

Result<int> run_contained(const std::function<int()>& body) {
    (void)std::fflush(nullptr);
    const process::Child child = JAIL_TRY(process::fork_into(CLONE_NEWPID | CLONE_NEWNS));
    if (child.pid == 0) be_init(body);
    return status_of(JAIL_TRY(process::wait_for(child.pid)));
}

}  // namespace jail::provision
