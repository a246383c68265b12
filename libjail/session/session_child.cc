// SPDX-License-Identifier: Apache-2.0
#include "libjail/session/session_child.h"
#include "libjail/base/ipc.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace jail {
namespace {

Result<FileDescriptor> watch(const sigset_t& watched) {
    if (::sigprocmask(SIG_BLOCK, &watched, nullptr) != 0) return errno_error("sigprocmask");
    FileDescriptor signals(::signalfd(-1, &watched, SFD_CLOEXEC));
    if (!signals) return errno_error("signalfd");
    return signals;
}

void unblock_signals() {
    sigset_t none;
    (void)::sigemptyset(&none);
    (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
}

Result<> end_with_parent(const FileDescriptor& lifeline) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return errno_error("prctl PR_SET_PDEATHSIG");
    pollfd parent = {lifeline.get(), 0, 0};
    if (::poll(&parent, 1, 0) != 0) return refused(EPIPE, "cannot start the session: its parent ended");
    return success();
}

}  // namespace

Result<SessionChild> fork_session_child(const sigset_t& watched) {
    Pipe lifeline = JAIL_TRY(make_pipe());
    FileDescriptor signals = JAIL_TRY(watch(watched));
    const pid_t pid = ::fork();
    if (pid < 0) return errno_error("fork");
    if (pid > 0) return SessionChild{pid, std::move(signals), std::move(lifeline.write_end)};
    lifeline.write_end.reset();
    unblock_signals();
    JAIL_TRY(end_with_parent(lifeline.read_end));
    return SessionChild{};
}

bool has_ended(pid_t child, int& wait_status) {
    pid_t pid;
    do pid = ::waitpid(child, &wait_status, WNOHANG);
    while (pid < 0 && errno == EINTR);
    return pid == child;
}

void end_like(int wait_status) {
    if (WIFSIGNALED(wait_status)) {
        const int signal = WTERMSIG(wait_status);
        (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);  // a handler of the host's looks at no limit (core(5))
        const rlimit no_core = {0, 0};
        (void)::setrlimit(RLIMIT_CORE, &no_core);
        (void)::signal(signal, SIG_DFL);
        unblock_signals();
        (void)::kill(::getpid(), signal);
        ::_exit(128 + signal);  // a signal that does not end us
    }
    ::_exit(WEXITSTATUS(wait_status));
}

}  // namespace jail
