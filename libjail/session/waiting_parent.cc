// SPDX-License-Identifier: Apache-2.0
#include "libjail/session/waiting_parent.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

namespace jail {
namespace {

// The one of 0-2 that is the controlling terminal of the session that we lead; -1: no descriptor is.
int terminal_of_session() {
    if (::getsid(0) != ::getpid()) return -1;
    for (int fd = 0; fd < 3; ++fd)
        if (::isatty(fd) != 0 && ::tcgetsid(fd) == ::getpid()) return fd;
    return -1;
}

// So that another session can have it. Its foreground process group, which is ours, is sent SIGHUP
// (tty_ioctl(4)).
Result<> release(int terminal) {
    (void)::signal(SIGHUP, SIG_IGN);
    const bool released = ::ioctl(terminal, TIOCNOTTY) == 0;
    const int error = errno;
    (void)::signal(SIGHUP, SIG_DFL);
    return released ? success() : Result<>(Error(error, "release", "terminal"));
}

// In the parent's process group, a signal to the group would end both; a program that makes a group of its
// own would lose the terminal.
Result<> lead_session(int terminal) {
    if (::setsid() < 0) return errno_error("setsid");
    if (terminal >= 0 && ::ioctl(terminal, TIOCSCTTY, 0) != 0) return errno_error("take", "terminal");
    return success();
}

// The other end of a pipe waits for the program to close it, not for us.
void let_go_of_standard_descriptors() {
    const FileDescriptor null_device(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (int fd = 0; fd < 3; ++fd)
        if (!null_device || ::dup2(null_device.get(), fd) < 0) (void)::close(fd);
}

[[noreturn]] void wait(const SessionChild& child, WhenEnded then) {
    int status = 0;
    while (!has_ended(child.pid, status)) {
        signalfd_siginfo information = {};
        if (::read(child.signals.get(), &information, sizeof information) != sizeof information) continue;
        const int signal = static_cast<int>(information.ssi_signo);
        // By kill(2), not from the kernel: sshd's, su's, the supervisor's, or the account's.
        if (signal != SIGCHLD) (void)::kill(-child.pid, signal);
    }
    if (then.tell != nullptr) then.tell(then.context, status);
    end_like(status);
}

}  // namespace

Result<> wait_for_program(WhenEnded ended) {
    sigset_t all;
    (void)::sigfillset(&all);
    const int terminal = terminal_of_session();
    if (terminal >= 0) JAIL_TRY(release(terminal));
    const SessionChild child = JAIL_TRY(fork_session_child(all));
    if (child.pid == 0) return lead_session(terminal);
    let_go_of_standard_descriptors();
    wait(child, ended);
}

}  // namespace jail
