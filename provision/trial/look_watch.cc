// SPDX-License-Identifier: Apache-2.0
#include "provision/trial/look_watch.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <unistd.h>

#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>

namespace jail::provision {

namespace {

struct PathCall {
    const char* name;
    int directory;  // the argument that is a directory's descriptor, or -1
    int path;       // the argument that is a path
    bool executes;
};

constexpr PathCall kPathCalls[] = {
    {"open", -1, 0, false},      {"openat", 0, 1, false},    {"openat2", 0, 1, false},
    {"stat", -1, 0, false},      {"lstat", -1, 0, false},    {"newfstatat", 0, 1, false},
    {"statx", 0, 1, false},      {"access", -1, 0, false},   {"faccessat", 0, 1, false},
    {"faccessat2", 0, 1, false}, {"readlink", -1, 0, false}, {"readlinkat", 0, 1, false},
    {"execve", -1, 0, true},     {"execveat", 0, 1, true},   {"chdir", -1, 0, false},
};

Error seccomp_error(int code, std::string_view what) {
    return Error(-code, what, "filter of paths");
}

const PathCall* call_of(int number) {
    for (const PathCall& call : kPathCalls)
        if (seccomp_syscall_resolve_name(call.name) == number) return &call;
    return nullptr;
}

// Bytes of the account's process: bounded, and used as a path alone.
std::optional<std::string> text_of(pid_t pid, std::uint64_t address) {
    const FileDescriptor memory(
        ::open(("/proc/" + std::to_string(pid) + "/mem").c_str(), O_RDONLY | O_CLOEXEC));
    char bytes[PATH_MAX];
    const ssize_t got = memory ? ::pread(memory.get(), bytes, sizeof bytes, static_cast<off_t>(address)) : -1;
    if (got <= 0) return std::nullopt;
    const std::string_view text(bytes, static_cast<std::size_t>(got));
    const std::size_t end = text.find('\0');
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    return std::string(text.substr(0, end));
}

std::optional<std::string> target_of(const std::string& link) {
    char target[PATH_MAX];
    const ssize_t length = ::readlink(link.c_str(), target, sizeof target);
    if (length <= 0 || target[0] != '/') return std::nullopt;
    return std::string(target, static_cast<std::size_t>(length));
}

std::optional<std::string> absolute(const seccomp_notif& request, const PathCall& call) {
    const auto pid = static_cast<pid_t>(request.pid);
    std::optional<std::string> path = text_of(pid, request.data.args[call.path]);
    if (!path || path->front() == '/') return path;
    const std::string process = "/proc/" + std::to_string(pid);
    const int directory = call.directory < 0 ? AT_FDCWD : static_cast<int>(request.data.args[call.directory]);
    const std::optional<std::string> base =
        target_of(directory == AT_FDCWD ? process + "/cwd" : process + "/fd/" + std::to_string(directory));
    return base ? std::optional(*base + "/" + *path) : std::nullopt;
}

}  // namespace

Result<FileDescriptor> install_look_filter() {
    const std::unique_ptr<void, decltype(&seccomp_release)> filter(seccomp_init(SCMP_ACT_ALLOW),
                                                                   &seccomp_release);
    if (!filter) return Error(ENOMEM, "make", "filter of paths");
    // no_new_privs comes when the session is confined; until then this process is root.
    if (const int code = seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_NNP, 0); code != 0)
        return seccomp_error(code, "set up");
    for (const PathCall& call : kPathCalls) {
        const int number = seccomp_syscall_resolve_name(call.name);
        if (number < 0) continue;  // this machine has no such call
        if (const int code = seccomp_rule_add(filter.get(), SCMP_ACT_NOTIFY, number, 0); code != 0)
            return seccomp_error(code, "fill");
    }
    if (const int code = seccomp_load(filter.get()); code != 0) return seccomp_error(code, "install");
    FileDescriptor listener(::fcntl(seccomp_notify_fd(filter.get()), F_DUPFD_CLOEXEC, 3));
    if (!listener) return errno_error("fcntl");
    (void)::close(seccomp_notify_fd(filter.get()));
    return listener;
}

LookWatch::LookWatch(FileDescriptor listener) : listener_(std::move(listener)) {
    if (seccomp_notify_alloc(&request_, &answer_) != 0) request_ = nullptr;
}

LookWatch::~LookWatch() {
    seccomp_notify_free(request_, answer_);
}

Result<> LookWatch::handle(const std::function<void(const Look&)>& see) {
    if (!request_) return Error(ENOMEM, "watch", "paths");
    *request_ = {};  // the kernel refuses any other
    if (const int code = seccomp_notify_receive(listener_.get(), request_); code != 0)
        return code == -ENOENT || code == -EINTR || errno == ENOENT ? success()
                                                                    : Result<>(seccomp_error(code, "read"));
    if (const PathCall* call = call_of(request_->data.nr))
        if (const std::optional<std::string> path = absolute(*request_, *call))
            // The number may be another process's by now, unless the call still waits.
            if (seccomp_notify_id_valid(listener_.get(), request_->id) == 0)
                see({static_cast<pid_t>(request_->pid), *path, call->executes});
    *answer_ = {};
    answer_->id = request_->id;
    answer_->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    (void)seccomp_notify_respond(listener_.get(), answer_);  // or it has ended
    return success();
}

}  // namespace jail::provision
