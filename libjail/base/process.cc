// SPDX-License-Identifier: Apache-2.0
#include "libjail/base/process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>

namespace jail::process {

Result<pid_t> fork_silently() {
    // clone(2) without an exit signal; the arguments after it are unused. In x86-64's and arm64's order
    // alike.
    const long pid = ::syscall(SYS_clone, 0, 0, 0, 0, 0);
    if (pid < 0) return errno_error("clone");
    return static_cast<pid_t>(pid);
}

Result<Child> fork_into(int namespaces, int cgroup) {
    int pidfd = -1;
    struct clone_args arguments = {};
    arguments.flags = static_cast<unsigned>(namespaces) | CLONE_PIDFD;
    if (cgroup >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = static_cast<std::uint64_t>(cgroup);
    }
    arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pidfd);
    arguments.exit_signal = SIGCHLD;
    const long pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid < 0) return errno_error("clone3");
    if (pid == 0) return Child{};
    return Child{static_cast<pid_t>(pid), FileDescriptor(pidfd)};
}

Result<int> wait_for(pid_t pid) {
    int status = 0;
    while (::waitpid(pid, &status, __WALL) < 0)
        if (errno != EINTR) return errno_error("waitpid");
    return status;
}

Result<> open_standard_descriptors() {
    for (;;) {
        const int fd =
            ::open("/dev/null", O_RDWR | O_NOCTTY);  // NOLINT: 0-2 are for the programs to come, no CLOEXEC
        if (fd < 0) return errno_error("open", "/dev/null");
        if (fd > 2) {
            (void)::close(fd);
            return success();
        }
    }
}

Result<> close_from(int first) {
    // ENOSYS before Linux 5.9, which the mount API rules out anyway; a container's filter may refuse it.
    if (::syscall(SYS_close_range, first, ~0U, 0) != 0)
        return errno_error("close_range", "inherited descriptors");
    return success();
}

Result<> keep_from_programs(int first) {
    if (::syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) != 0)  // since Linux 5.11
        return errno_error("close_range", "descriptors of the door");
    return success();
}

Program::Program(const char* path, std::vector<std::string> arguments,
                 std::vector<std::string> more_environment)
    : path_(path), arguments_(std::move(arguments)), environment_(std::move(more_environment)) {
    environment_.emplace_back("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
    argument_list_ = pointers(arguments_);
    environment_list_ = pointers(environment_);
}

void Program::execute(int input, int output, int error) const {
    const int descriptors[] = {input, output, error};
    execute(descriptors, 3);
}

void Program::execute(const int* descriptors, int count) const {
    constexpr int kMost = 16;
    int sources[kMost];
    if (count > kMost) return;
    reset_signals();
    for (int i = 0; i < count; ++i) {
        sources[i] = descriptors[i];
        if (sources[i] < 0 && (sources[i] = ::open("/dev/null", O_RDWR | O_CLOEXEC)) < 0) return;
        // One that is where another belongs is copied out of the way.
        if (sources[i] < count && (sources[i] = ::fcntl(sources[i], F_DUPFD_CLOEXEC, count)) < 0) return;
    }
    for (int target = 0; target < count; ++target)
        if (::dup2(sources[target], target) < 0) return;
    if (close_from(count)) (void)::execve(path_, argument_list_.data(), environment_list_.data());
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> list;
    for (std::string& string : strings) list.push_back(string.data());
    list.push_back(nullptr);
    return list;
}

Result<> start_clean() {
    JAIL_TRY(open_standard_descriptors());
    JAIL_TRY(close_from(3));
    reset_signals();
    return success();
}

void reset_signals() {
    struct sigaction standard = {};
    standard.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal)
        (void)::sigaction(signal, &standard, nullptr);  // KILL, STOP refuse
    sigset_t none;
    (void)::sigemptyset(&none);
    (void)::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace jail::process
