// SPDX-License-Identifier: Apache-2.0
#include "pam_jail/login_terminal.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "libjail/base/ipc.h"
#include "libjail/base/process.h"
#include "libjail/confine/namespaces.h"
#include "libjail/policy/paths.h"
#include "libjail/session/protocol.h"
#include "libjail/session/terminal_program.h"

namespace jail::pam_jail {
namespace {

namespace program = terminal_program;

constexpr std::string_view kDev = "/dev/";
constexpr int kReplySeconds = 10;

bool is_login(std::string_view service) {
    return service == "login" || service == "remote";
}

bool is_terminal_of_login(const struct stat& named) {
    struct stat held = {};
    return ::fstat(STDIN_FILENO, &held) == 0 && S_ISCHR(named.st_mode) && named.st_dev == held.st_dev &&
           named.st_ino == held.st_ino;
}

// Empty where the path does not lead to descriptor 0's terminal: that is another mount namespace's.
FileDescriptor open_by_name(const char* path) {
    FileDescriptor named(::open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat status = {};
    const bool same = named && ::fstat(named.get(), &status) == 0 && is_terminal_of_login(status);
    return same ? std::move(named) : FileDescriptor();
}

// In the child: only calls that are safe after fork(2) (signal-safety(7)). In a session of its own, so that
// no key of the terminal's ends it.
[[noreturn]] void become_program(const process::Program& made, int answer, int terminal, int init) {
    int descriptors[program::kDescriptors] = {-1, -1, -1, -1, -1};
    descriptors[program::kAnswer] = answer;
    descriptors[program::kInit] = init;
    descriptors[program::kTerminal] = terminal;
    if (::setsid() > 0) made.execute(descriptors, program::kDescriptors);
    ::_exit(127);
}

Result<protocol::Received> hear(int socket) {
    auto received = protocol::receive(socket);
    if (received) return received;
    const int code = received.error().code();
    if (code == ECONNRESET)
        return refused(ECANCELED, std::string(paths::kTerminal) +
                                      " ended without a word; is the installation complete?");
    if (code == EAGAIN) return Error(ETIMEDOUT, "wait for", paths::kTerminal);
    return received;
}

// The descriptors that it sends; `mounts` stays empty where there is nothing to enter.
Result<> take_answer(int socket, FileDescriptor& mounts, FileDescriptor& covered) {
    protocol::Received received = JAIL_TRY(hear(socket));
    if (received.bytes == program::kCovered) {
        covered = std::move(received.descriptor);
        received = JAIL_TRY(hear(socket));
    }
    if (received.bytes == program::kNothing) return success();
    if (received.bytes != program::kMounts)
        return refused(ECANCELED, "cannot show login's terminal inside: " + received.bytes);
    if (!received.descriptor) return refused(EBADMSG, "jail-terminal sent no mount namespace");
    mounts = std::move(received.descriptor);
    return success();
}

}  // namespace

Result<LoginTerminal> LoginTerminal::prepare(std::string_view service, int init) {
    LoginTerminal found;
    char path[PATH_MAX];
    if (!is_login(service) || ::ttyname_r(STDIN_FILENO, path, sizeof path) != 0) return found;
    const FileDescriptor terminal = open_by_name(path);
    if (!terminal || std::string_view(path).substr(0, kDev.size()) != kDev) return found;
    found.path_ = path;
    SocketPair answer = JAIL_TRY(make_socket_pair());
    const timeval patience = {kReplySeconds, 0};
    if (::setsockopt(answer.ours.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
        return errno_error("setsockopt");
    const process::Program made(paths::kTerminal, {"jail-terminal", path + kDev.size()});
    const pid_t child = JAIL_TRY(process::fork_silently());
    if (child == 0) become_program(made, answer.theirs.get(), terminal.get(), init);
    answer.theirs.reset();
    const auto taken = take_answer(answer.ours.get(), found.mounts_, found.covered_);
    if (!taken) (void)::kill(child, SIGKILL);  // not waited for yet: the number is the child's
    const int status = JAIL_TRY(process::wait_for(child));
    JAIL_TRY(taken);
    if (status != 0) return refused(ECANCELED, std::string(paths::kTerminal) + " failed");
    return found;
}

Result<> LoginTerminal::enter() {
    if (!mounts_) return success();
    JAIL_TRY(namespaces::join_mounts(mounts_.get(), "the mounts of login's terminal"));
    mounts_.reset();
    struct stat named = {};
    if (::stat(path_.c_str(), &named) != 0) return errno_error("find inside the jail", path_);
    if (!is_terminal_of_login(named))
        return refused(EPERM, path_ + " is not login's terminal inside the jail");
    return success();
}

}  // namespace jail::pam_jail
