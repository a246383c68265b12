// SPDX-License-Identifier: Apache-2.0
#include "supervisor/fakeroot_requests.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "libjail/base/clock.h"
#include "libjail/base/files.h"
#include "libjail/policy/paths.h"

namespace jail::supervisor {
namespace {

constexpr auto kIgnored = 10ms;
constexpr suseconds_t kPatienceUs = 5000;

long number_after(const char* word, const char* text) {
    const char* line = std::strstr(text, word);
    return line == nullptr ? -1 : std::strtol(line + std::strlen(word), nullptr, 10);
}

// Fields of proc_pid_status(5); -1: the field is missing.
struct Status {
    long tracer = -1;
    long filters = -1;  // system-call filters (seccomp(2)) that it is under
};
Status status_of(int process) {
    const auto text = read_small_file(process, "status", 256u << 10);  // an account may be in many groups
    if (!text) return {};
    return {number_after("\nTracerPid:\t", text.value().c_str()),
            number_after("\nSeccomp_filters:\t", text.value().c_str())};
}

FileDescriptor directory_of(pid_t process) {
    return FileDescriptor(
        ::open(("/proc/" + std::to_string(process)).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

bool has_ended(int pidfd) {
    pollfd process = {pidfd, POLLIN, 0};
    return ::poll(&process, 1, 0) != 0;
}

// The account cannot write to a process that is not dumpable (proc_pid_mem(5)). execve(2) of a file that the
// account cannot read makes a process so, unless fs.suid_dumpable is 1.
bool is_beyond_reach(const struct stat& executed) {
    if ((executed.st_mode & (S_IRGRP | S_IROTH)) != 0) return false;
    const auto dumps = read_small_file("/proc/sys/fs/suid_dumpable");
    return dumps && !dumps.value().empty() && dumps.value()[0] != '1';
}

std::optional<seccomp_notif> receive(int listener) {
    // The kernel writes as much as its own structure has, which may be more than ours.
    union {
        seccomp_notif request;
        char room[1024];
    };
    std::memset(room, 0, sizeof room);
    if (::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0) return std::nullopt;
    return request;
}

// While it lives, no call waits for long: EINTR, again and again, since the first one may come too early.
class Patience {
public:
    Patience() { set(kPatienceUs); }
    ~Patience() { set(0); }
    Patience(const Patience&) = delete;
    Patience& operator=(const Patience&) = delete;

private:
    static void set(suseconds_t interval) {
        const itimerval timer = {{0, interval}, {0, interval}};
        (void)::setitimer(ITIMER_REAL, &timer, nullptr);
    }
};

// False: the process still waits. By any of these calls a request may be gone, with its process: then the
// reply is dropped.
bool reply(int listener, std::uint64_t id, int error, std::uint32_t flags) {
    seccomp_notif_resp response = {};
    response.id = id;
    response.error = -error;
    response.flags = flags;
    return ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) == 0 || errno == ENOENT;
}

}  // namespace

FakerootRequests::FakerootRequests() {
    struct sigaction interrupt = {};
    interrupt.sa_handler = [](int) {};
    (void)::sigaction(SIGALRM, &interrupt, nullptr);
    struct stat status = {};
    if (::stat(paths::kJailshell, &status) == 0) jailshell_ = {status.st_dev, status.st_ino};
}

void FakerootRequests::add(FileDescriptor listener, FileDescriptor user_namespace, pid_t door,
                           int door_pidfd) {
    const FileDescriptor directory = directory_of(door);
    const long filters = directory ? status_of(directory.get()).filters : -1;
    // While it has not ended, the pid is its own.
    filters_.push_back(
        {std::move(listener), std::move(user_namespace), has_ended(door_pidfd) ? -1 : filters});
}

void FakerootRequests::add_sources(EventLoop& loop) {
    for (const Filter& filter : filters_) {
        loop.on("a system-call filter", filter.ignored_until ? -1 : filter.listener.get(),
                [this] { has_work_ = true; });
        loop.at(filter.ignored_until, [this] { has_work_ = true; });
    }
}

void FakerootRequests::answer(Time now) {
    if (!std::exchange(has_work_, false)) return;
    std::erase_if(filters_, [&](Filter& filter) {
        if (filter.ignored_until && !is_due(filter.ignored_until, now)) return false;
        filter.ignored_until.reset();
        pollfd asked = {filter.listener.get(), POLLIN, 0};
        if (!filter.asked && ::poll(&asked, 1, 0) <= 0) return false;
        if (!filter.asked && (asked.revents & POLLIN) == 0)
            return true;  // POLLHUP: no process is under the filter any more
        if (!answer_one(filter)) filter.ignored_until = now + kIgnored;
        return !filter.listener;
    });
}

bool FakerootRequests::answer_one(Filter& filter) const {
    if (!filter.asked) filter.asked = receive(filter.listener.get());
    if (!filter.asked) return false;
    const bool may = may_join(filter, static_cast<pid_t>(filter.asked->pid));
    const bool yes = may && give(filter, *filter.asked);
    if (may && !yes && errno == EINTR) return false;  // it did not run meanwhile: once more, later
    if (!reply(filter.listener.get(), filter.asked->id, yes ? 0 : EPERM,
               yes ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0))
        filter.listener.reset();  // ENOSYS, for every request
    filter.asked.reset();
    return yes;
}

// While its request is valid (the caller checks that afterwards) the process waits in the system call: the
// pid is still its own, and it cannot execute another program meanwhile.
bool FakerootRequests::may_join(const Filter& filter, pid_t process) const {
    const FileDescriptor directory = directory_of(process);
    struct stat executed = {}, installed = {};
    if (!directory || ::fstatat(directory.get(), "exe", &executed, 0) != 0 || !is_beyond_reach(executed))
        return false;
    const Status status = status_of(directory.get());
    // A traced process does what its tracer wants. The filter that asks refuses ptrace(2), this says it
    // again.
    if (status.tracer != 0) return false;
    // One more than the door has is the account's own, which may answer jailshell's calls by lies (capset(2)
    // and capget(2) with 0).
    if (filter.depth <= 0 || status.filters != filter.depth) return false;
    const auto is = [&](dev_t device, ino_t inode) {
        return executed.st_dev == device && executed.st_ino == inode;
    };
    // A setuid jailshell that was installed since the instance began is a door from outside.
    return is(jailshell_.device, jailshell_.inode) ||
           (::stat(paths::kJailshell, &installed) == 0 && is(installed.st_dev, installed.st_ino));
}

bool FakerootRequests::give(const Filter& filter, const seccomp_notif& request) {
    if (::ioctl(filter.listener.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &request.id) != 0) return false;
    seccomp_notif_addfd gift = {};
    gift.id = request.id;
    gift.flags = SECCOMP_ADDFD_FLAG_SETFD;
    gift.srcfd = static_cast<std::uint32_t>(filter.user_namespace.get());
    gift.newfd = static_cast<std::uint32_t>(request.data.args[0]);
    gift.newfd_flags = O_CLOEXEC;
    // The process itself puts the descriptor in its place, when it gets to run. The account has a say in
    // that.
    const Patience patience;
    return ::ioctl(filter.listener.get(), SECCOMP_IOCTL_NOTIF_ADDFD, &gift) >= 0;
}

}  // namespace jail::supervisor
