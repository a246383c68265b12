#include "libjail/waiting_parent.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace jail {
namespace {

// The other end of a pipe waits for the program to close it, not for us.
void let_go_of_standard_descriptors() {
    const FileDescriptor null_device(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (int fd = 0; fd < 3; ++fd)
        if (!null_device || ::dup2(null_device.get(), fd) < 0) (void)::close(fd);
}

// What reached the whole process group, the program has already: a terminal's keys, and kill(0) of the
// group's own. The hangup of a terminal goes to its session's leader, which may be us alone.
bool is_for_the_program(const signalfd_siginfo& information) {
    const int signal = static_cast<int>(information.ssi_signo);
    if (signal == SIGCHLD || signal == SIGWINCH) return false;
    if (information.ssi_code == SI_KERNEL) return signal == SIGHUP || signal == SIGCONT;
    const auto sender = static_cast<pid_t>(information.ssi_pid);  // 0: outside of this pid namespace
    return sender == 0 || ::getpgid(sender) != ::getpgrp();
}

[[noreturn]] void wait(const SessionChild& child, WhenEnded then) {
    int status = 0;
    while (!has_ended(child.pid, status)) {
        signalfd_siginfo information = {};
        if (::read(child.signals.get(), &information, sizeof information) != sizeof information) continue;
        if (is_for_the_program(information)) (void)::kill(child.pid, static_cast<int>(information.ssi_signo));
    }
    if (then.tell != nullptr) then.tell(then.context, status);
    end_like(status);
}

}  // namespace

Result<> wait_for_program(WhenEnded ended) {
    const SessionChild child = JAIL_TRY(fork_session_child());
    if (child.pid == 0) return success();
    let_go_of_standard_descriptors();
    wait(child, ended);
}

}  // namespace jail
