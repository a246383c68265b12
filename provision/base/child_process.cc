// SPDX-License-Identifier: Apache-2.0
#include "provision/base/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "libjail/base/clock.h"
#include "libjail/base/file_descriptor.h"
#include "libjail/base/files.h"
#include "libjail/base/ipc.h"
#include "libjail/base/readable.h"
#include "provision/base/problem.h"

namespace jail::provision {

namespace {

struct SpawnSettings {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    SpawnSettings() {
        (void)posix_spawnattr_init(&attributes);
        (void)posix_spawn_file_actions_init(&actions);
        sigset_t none, all;
        (void)sigemptyset(&none);
        (void)sigfillset(&all);
        (void)posix_spawnattr_setsigmask(&attributes, &none);
        (void)posix_spawnattr_setsigdefault(&attributes, &all);
        (void)posix_spawnattr_setpgroup(&attributes, 0);  // ^C is ours to handle: we wait for it, then undo
        (void)posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
        (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
    ~SpawnSettings() {
        (void)posix_spawn_file_actions_destroy(&actions);
        (void)posix_spawnattr_destroy(&attributes);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;
};

Result<pid_t> start(const std::vector<std::string>& arguments, const SpawnSettings& settings) {
    static const char* const kEnvironment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8",
                                               nullptr};
    std::vector<char*> argv;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    pid_t child = -1;
    const int code = ::posix_spawn(&child, argv[0], &settings.actions, &settings.attributes, argv.data(),
                                   const_cast<char* const*>(kEnvironment));
    if (code != 0) return Error(code, "start", arguments[0]);
    return child;
}

Result<int> wait_for(pid_t child, const std::string& name) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return errno_error("wait for", name);
    return status;
}

std::string how_it_ended(int status) {
    return WIFEXITED(status) ? "exit status " + std::to_string(WEXITSTATUS(status))
                             : "signal " + std::to_string(WTERMSIG(status));
}

// To the end of the file, or of patience. Bytes over the bound are read and dropped.
Result<std::string> read_until(int descriptor, std::size_t bound, Time deadline, const std::string& name) {
    std::string text;
    char buffer[4096];
    for (;;) {
        if (now() >= deadline || !JAIL_TRY(becomes_readable(descriptor, deadline - now())))
            return Error(ETIMEDOUT, "wait for", name);
        const ssize_t got = ::read(descriptor, buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error("read the output of", name);
        if (got == 0) return text;
        text.append(buffer, std::min(static_cast<std::size_t>(got), bound - text.size()));
    }
}

}  // namespace

Result<> run_program(const std::vector<std::string>& arguments) {
    SpawnSettings settings;
    (void)posix_spawn_file_actions_adddup2(&settings.actions, STDERR_FILENO, STDOUT_FILENO);
    const pid_t child = JAIL_TRY(start(arguments, settings));
    const int status = JAIL_TRY(wait_for(child, arguments[0]));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return success();
    return problem(arguments[0] + " failed with " + how_it_ended(status) + "; its own message is above");
}

Result<> run_with_input(const std::vector<std::string>& arguments, const std::string& input,
                        std::chrono::milliseconds patience) {
    // A file, so that a program that does not read it keeps nobody waiting.
    const FileDescriptor text(::memfd_create("input", MFD_CLOEXEC));
    if (!text) return errno_error("memfd_create");
    JAIL_TRY(write_all(text.get(), input, "the input of " + arguments[0]));
    if (::lseek(text.get(), 0, SEEK_SET) != 0) return errno_error("lseek");
    SpawnSettings settings;
    (void)posix_spawn_file_actions_adddup2(&settings.actions, text.get(), STDIN_FILENO);
    (void)posix_spawn_file_actions_adddup2(&settings.actions, STDERR_FILENO, STDOUT_FILENO);
    const pid_t child = JAIL_TRY(start(arguments, settings));
    const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    const auto ended = becomes_readable(process.get(), patience);
    const bool in_time = process && ended && ended.value();
    // Its own child, not yet waited for: the pid, and the group of that number, are still its.
    if (!in_time) (void)::kill(-child, SIGKILL);
    const int status = JAIL_TRY(wait_for(child, arguments[0]));
    if (!in_time) return Error(ETIMEDOUT, "run", arguments[0]);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return success();
    return problem(arguments[0] + " failed with " + how_it_ended(status));
}

Result<std::string> capture_program(const std::vector<std::string>& arguments, std::size_t bound,
                                    std::chrono::milliseconds patience, const std::vector<int>& accepted) {
    Pipe output = JAIL_TRY(make_pipe());
    SpawnSettings settings;
    (void)posix_spawn_file_actions_adddup2(&settings.actions, output.write_end.get(), STDOUT_FILENO);
    (void)posix_spawn_file_actions_addopen(&settings.actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    const pid_t child = JAIL_TRY(start(arguments, settings));
    output.write_end.reset();
    Result<std::string> text = read_until(output.read_end.get(), bound, now() + patience, arguments[0]);
    // Its own child, not yet waited for: the pid is still its.
    if (!text) (void)::kill(child, SIGKILL);
    const int status = JAIL_TRY(wait_for(child, arguments[0]));
    if (!text) return text;
    if (WIFEXITED(status) &&
        std::find(accepted.begin(), accepted.end(), WEXITSTATUS(status)) != accepted.end())
        return text;
    return problem(arguments[0] + " failed with " + how_it_ended(status));
}

}  // namespace jail::provision
