// SPDX-License-Identifier: Apache-2.0
#include "provision/trial/trial_session.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "libjail/base/files.h"
#include "libjail/base/ipc.h"
#include "libjail/base/process.h"
#include "libjail/base/syscalls.h"
#include "libjail/confine/credentials.h"
#include "libjail/session/client.h"
#include "libjail/session/protocol.h"
#include "provision/accounts/running_jail.h"
#include "provision/base/problem.h"
#include "provision/host/reserved_paths.h"
#include "provision/trial/look_watch.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMostPaths = 10'000;  // a program chooses them
constexpr int kCouldNotStart = 126;         // of a shell's

const char* const kEnvironment[] = {"TERM=dumb", "LANG=C.UTF-8", "PATH=/usr/local/bin:/usr/bin:/bin",
                                    nullptr};

// Libc looks for these in each program that knows of languages, and every jail does without.
constexpr std::string_view kLeftOut[] = {"/usr/share/locale/locale.alias", "/usr/lib/locale/locale-archive"};

// Whether the path leads to something, as the process sees it; also where that cannot be told.
bool exists_for(pid_t pid, const std::string& path) {
    const FileDescriptor root(
        ::open(("/proc/" + std::to_string(pid) + "/root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) return true;
    const FileDescriptor found(openat2(root.get(), path.c_str(), O_PATH, RESOLVE_IN_ROOT));
    return found || (errno != ENOENT && errno != ENOTDIR);
}

// Such as a tree could have.
bool is_of_the_host(const std::string& path) {
    struct stat status = {};
    return ::stat(path.c_str(), &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) &&
           (status.st_mode & S_IROTH) != 0;
}

void note(const Look& look, const std::vector<std::string>& homes, Trial& trial) {
    const std::string path = std::filesystem::path(look.path).lexically_normal().string();
    if (std::find(std::begin(kLeftOut), std::end(kLeftOut), path) != std::end(kLeftOut)) return;
    if (path.size() < 2 || !valid_absolute_path(path) || !reserved_place(path, homes).empty()) return;
    if (exists_for(look.pid, path) || !is_of_the_host(path)) return;
    trial.incomplete = trial.incomplete || trial.missing.size() >= kMostPaths;
    if (trial.incomplete) return;
    trial.missing.insert(path);
    if (look.executes) trial.programs.insert(path);
}

// The standard descriptors of the session, and the socket by which the listener of its filter comes back.
struct Ends {
    FileDescriptor input;
    SocketPair socket;
    Pipe out, err;
};

Result<Ends> make_ends() {
    Ends ends;
    ends.out = JAIL_TRY(make_pipe());
    ends.err = JAIL_TRY(make_pipe());
    ends.socket = JAIL_TRY(make_socket_pair());
    const bool terminal = ::isatty(STDIN_FILENO) == 1;
    ends.input.reset(terminal ? ::open("/dev/null", O_RDONLY | O_CLOEXEC)
                              : ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
    if (!ends.input) return errno_error("open", "standard input");
    return ends;
}

// As root and then as the account, in the child. Returns when something failed.
Error become_session(const client::Lease& lease, const Ends& ends, bool shell,
                     std::vector<std::string> command) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || ::setsid() < 0) return errno_error("prctl");
    if (::dup2(ends.input.get(), 0) < 0 || ::dup2(ends.out.write_end.get(), 1) < 0 ||
        ::dup2(ends.err.write_end.get(), 2) < 0)
        return errno_error("dup2");
    const auto entrances = lease.cgroup.entrances();
    if (!entrances) return entrances.error();
    {
        // Before the session's own filter refuses seccomp(2).
        const Result<FileDescriptor> listener = install_look_filter();
        if (!listener) return listener.error();
        if (const Result<> sent = protocol::send(ends.socket.theirs.get(), "", 1, listener.value().get());
            !sent)
            return sent.error();
    }
    const Result<InstanceRecord> record = client::enter(lease);
    if (!record) return record.error();
    if (const Result<> joined = Cgroup::join(entrances.value()); !joined) return joined.error();
    const InstanceRecord& own = record.value();
    if (const Result<> became = credentials::become(own.uid, own.gid, own.groups); !became)
        return became.error();
    if (::chdir(own.home.c_str()) != 0) return errno_error("chdir", own.home);
    if (shell) command = {paths::kJailshell, "-c", command[0]};
    ::execvpe(command[0].c_str(), process::pointers(command).data(), const_cast<char* const*>(kEnvironment));
    return errno_error("execute", command[0]);
}

// Copies what is there. False at the end.
bool copy(int from, int to) {
    char bytes[16384];
    const ssize_t got = ::read(from, bytes, sizeof bytes);
    if (got < 0) return errno == EINTR || errno == EAGAIN;
    return got > 0 && write_all(to, std::string_view(bytes, static_cast<std::size_t>(got)), "output");
}

// Until the command has ended and its output is read.
Result<> follow(LookWatch& watch, const Ends& ends, int pidfd, const std::vector<std::string>& homes,
                int output, Trial& trial) {
    enum { kWatch, kOut, kErr, kEnd };
    pollfd sources[] = {{watch.descriptor(), POLLIN, 0},
                        {ends.out.read_end.get(), POLLIN, 0},
                        {ends.err.read_end.get(), POLLIN, 0},
                        {pidfd, POLLIN, 0}};
    for (bool ended = false;;) {
        if (::poll(sources, std::size(sources), ended ? 100 : -1) < 0 && errno != EINTR)
            return errno_error("poll");
        if (sources[kWatch].revents & POLLIN)
            JAIL_TRY(watch.handle([&](const Look& look) { note(look, homes, trial); }));
        else if (sources[kWatch].revents != 0)
            sources[kWatch].fd = -1;  // no process has the filter any more
        bool read = false;
        for (const int which : {kOut, kErr})
            if (sources[which].revents != 0) {
                read = true;
                if (!copy(sources[which].fd, which == kOut ? output : STDERR_FILENO)) sources[which].fd = -1;
            }
        if (sources[kEnd].revents != 0) {
            ended = true;
            sources[kEnd].fd = -1;
        }
        // A daemon that it left has the pipes as well.
        if (ended && !read) return success();
    }
}

}  // namespace

Result<Trial> run_trial(const ScratchAccount& account, int output, bool shell,
                        const std::vector<std::string>& command) {
    Trial trial;
    {
        const client::Lease lease = JAIL_TRY(client::attach_administrator(account.uid));
        Ends ends = JAIL_TRY(make_ends());
        process::Child child = JAIL_TRY(process::fork_into(0));
        if (child.pid == 0) {
            const Error error = become_session(lease, ends, shell, command);
            (void)::dprintf(STDERR_FILENO, "jail-provision: %s\n", describe(error).c_str());
            ::_exit(kCouldNotStart);
        }
        ends.out.write_end.reset();
        ends.err.write_end.reset();
        ends.socket.theirs.reset();
        Result<protocol::Received> received = protocol::receive(ends.socket.ours.get());
        if (received && received->descriptor) {
            LookWatch watch(std::move(received->descriptor));
            JAIL_TRY(follow(watch, ends, child.pidfd.get(), {account.home}, output, trial));
        } else {
            (void)copy(ends.err.read_end.get(), STDERR_FILENO);  // why not
        }
        trial.wait_status = JAIL_TRY(process::wait_for(child.pid));
    }
    (void)JAIL_TRY(end_running_jail(account.uid, account.name));
    return trial;
}

}  // namespace jail::provision
