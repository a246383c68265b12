// SPDX-License-Identifier: Apache-2.0
#include "supervisor/run_directory.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "libjail/base/clock.h"
#include "libjail/base/unix_address.h"
#include "libjail/policy/paths.h"
#include "libjail/policy/trusted_store.h"
#include "libjail/session/client.h"

namespace jail::supervisor {
namespace {

constexpr int kRounds = 5000;  // of 2 ms
constexpr int kBacklog = 128;
constexpr int kMailBacklog = 16;

// Made 0700 and root's; one that is there already must be a directory that root owns and root alone can
// write.
Result<> make_private_directory(const std::string& path) {
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return errno_error("mkdir", path);
    const FileDescriptor directory = JAIL_TRY(open_trusted_directory(path));
    // fchmod(2) refuses O_PATH descriptors, and the parents are trusted: the name still means this directory.
    if (::chmod(path.c_str(), 0700) != 0) return errno_error("chmod", path);
    return success();
}

// In place of one that a killed supervisor left.
Result<FileDescriptor> bind_socket(int type, const std::string& path, mode_t mode) {
    FileDescriptor socket(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return errno_error("socket");
    const sockaddr_un address = JAIL_TRY(unix_address("bind", path));
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return errno_error("unlink", path);
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return errno_error("bind", path);
    if (::chmod(path.c_str(), mode) != 0) return errno_error("chmod", path);
    return socket;
}

Result<FileDescriptor> bind_listener(int type, const std::string& path, mode_t mode, int backlog) {
    FileDescriptor socket = JAIL_TRY(bind_socket(type, path, mode));
    if (::listen(socket.get(), backlog) != 0) return errno_error("listen", path);
    return socket;
}

Result<FileDescriptor> bind_jail_socket(const std::string& path) {
    FileDescriptor socket = JAIL_TRY(bind_socket(SOCK_DGRAM, path, 0666));
    const int on = 1;
    if (::setsockopt(socket.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0)
        return errno_error("setsockopt SO_PASSCRED");
    return socket;
}

}  // namespace

Result<std::optional<RunDirectory>> RunDirectory::acquire(uid_t uid) {
    const std::string path = std::string(paths::kRunDir) + "/" + std::to_string(uid);
    auto acquired = acquire(uid, path);
    if (!acquired) {
        (void)::rmdir(path.c_str());  // where it is empty; another's supervisor makes it anew
        (void)::rmdir(paths::kRunDir);
    }
    return acquired;
}

Result<std::optional<RunDirectory>> RunDirectory::acquire(uid_t uid, const std::string& path) {
    for (int round = 0; round < kRounds; ++round) {
        auto made = make_private_directory(paths::kRunDir);
        if (made) made = make_private_directory(path);
        // ENOENT: removed in between, by another account's supervisor that was the last one.
        if (!made && made.error().code() != ENOENT) return made.error();
        auto lock = run_lock::take(path);
        if (!lock && lock.error().code() != ENOENT) return lock.error();
        if (lock && lock.value()) return std::optional(RunDirectory(path, std::move(lock).value()));
        if (client::connect(uid)) return std::optional<RunDirectory>();
        pause_for(2ms);
    }
    return Error(ETIMEDOUT, "lock", path);
}

Result<> RunDirectory::claim(const std::string& tree) const {
    const std::string path = path_ + run_lock::kTree;
    const FileDescriptor file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    if (!file) return errno_error("create", path);
    const ssize_t written = ::write(file.get(), tree.data(), tree.size());
    if (written < 0) return errno_error("write", path);
    if (static_cast<std::size_t>(written) != tree.size()) return Error(ENOSPC, "write", path);
    return success();
}

Result<FileDescriptor> RunDirectory::listen() const {
    return bind_listener(SOCK_SEQPACKET, path_ + run_lock::kControl, 0600, kBacklog);
}

Result<JailSockets> RunDirectory::open_jail_sockets(bool log, bool mail) const {
    JailSockets sockets;
    sockets.inbox = JAIL_TRY(bind_jail_socket(inbox_path()));
    if (log) sockets.log = JAIL_TRY(bind_jail_socket(log_socket_path()));
    if (mail) sockets.mail = JAIL_TRY(bind_listener(SOCK_STREAM, mail_socket_path(), 0666, kMailBacklog));
    return sockets;
}

}  // namespace jail::supervisor
