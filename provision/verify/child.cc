// SPDX-License-Identifier: Apache-2.0
#include "provision/verify/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/process.h"
#include "libjail/base/readable.h"
#include "libjail/base/syscalls.h"

namespace jail::provision {

namespace {

constexpr auto kPolite = 3s;

// A process among the account's must not hold the administrator's terminal: one that is taken over there
// could read what is typed, or write the verdict.
bool leave_terminal() {
    const FileDescriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    bool is_left = static_cast<bool>(null);
    for (int fd = 0; fd < 3; ++fd) is_left = is_left && ::dup2(null.get(), fd) == fd;
    return is_left;
}

}  // namespace

Result<VerifyChild> VerifyChild::start(const std::function<int()>& body) {
    const pid_t parent = ::getpid();
    process::Child made = JAIL_TRY(process::fork_into(0));
    if (made.pid == 0) {
        process::reset_signals();
        (void)::setsid();  // jail-provision handles ^C, and none of them has a terminal
        if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || ::getppid() != parent) ::_exit(1);
        if (!leave_terminal()) ::_exit(1);
        ::_exit(body());
    }
    VerifyChild child;
    child.pid_ = made.pid;
    child.pidfd_ = std::move(made.pidfd);
    return child;
}

VerifyChild::VerifyChild(VerifyChild&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)) {}

VerifyChild& VerifyChild::operator=(VerifyChild&& other) noexcept {
    if (this == &other) return *this;
    end();
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::move(other.pidfd_);
    return *this;
}

bool VerifyChild::wait(std::chrono::milliseconds patience, int& status) {
    if (pid_ < 0) return false;
    const Result<bool> ended = becomes_readable(pidfd_.get(), patience);
    if (!ended || !ended.value()) return false;
    if (::waitpid(pid_, &status, 0) != pid_) return false;
    pid_ = -1;
    pidfd_.reset();
    return true;
}

void VerifyChild::end() {
    int status = 0;
    for (const int signal : {SIGTERM, SIGKILL}) {
        if (pid_ < 0) return;
        (void)send_signal(pidfd_.get(), signal);
        (void)wait(kPolite, status);
    }
}

}  // namespace jail::provision
