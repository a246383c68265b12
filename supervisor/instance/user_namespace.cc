// SPDX-License-Identifier: Apache-2.0
#include "supervisor/instance/user_namespace.h"

#include <fcntl.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <set>

#include "libjail/base/ipc.h"
#include "libjail/base/process.h"

namespace jail::supervisor::user_namespace {
namespace {

constexpr gid_t kTerminals = 5;  // devpts is mounted with it

std::string mapped_to_themselves(const std::set<std::uint32_t>& ids) {
    std::string lines;
    for (const std::uint32_t id : ids) lines += std::to_string(id) + " " + std::to_string(id) + " 1\n";
    return lines;
}

// The kernel takes a map in one write, and one only.
Result<> write_map(const std::string& path, const std::string& map) {
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file) return errno_error("open", path);
    if (::write(file.get(), map.data(), map.size()) != static_cast<ssize_t>(map.size()))
        return errno_error("write", path);
    return success();
}

std::string as_root(std::uint32_t id) {
    return "0 " + std::to_string(id) + " 1\n";
}

// A namespace's owner is its maker's effective uid. The capabilities stay: some hosts require them to make a
// namespace. The real and the saved uid stay as well, so that processes of the account may not signal this
// one.
bool own_as(uid_t owner) {
    return ::prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) == 0 &&
           ::setresuid(static_cast<uid_t>(-1), owner, static_cast<uid_t>(-1)) == 0;
}

// Objects that are counted in a namespace are counted for its owner as well, one level higher: with root as
// owner the account could use up root's inotify instances and queued signals. The owner of `self` is an
// unused uid, one for each account, so that root alone can join it.
uid_t owner_of(uid_t uid, UserNamespace which) {
    constexpr uid_t kNobodys = 1u << 31;
    const uid_t other = uid ^ kNobodys;
    const bool usable = other != 0 && other != UINT32_MAX;
    return which == UserNamespace::kSelf && usable ? other : uid;
}

// A process that keeps the namespace until another process has it: sends 0 or an errno, and ends with the
// socket.
[[noreturn]] void hold_namespace(int socket, uid_t uid, UserNamespace which) {
    process::reset_signals();
    // A host that is a container itself may not have that uid: then the account is the owner.
    const bool owned = own_as(owner_of(uid, which)) || own_as(uid);
    const int error = owned && ::unshare(CLONE_NEWUSER) == 0 ? 0 : errno;
    char end = 0;
    if (::send(socket, &error, sizeof error, MSG_NOSIGNAL) == sizeof error) (void)!::recv(socket, &end, 1, 0);
    ::_exit(0);
}

Result<FileDescriptor> take_namespace(pid_t holder, int socket, const Identity& identity,
                                      UserNamespace which) {
    int error = 0;
    if (::recv(socket, &error, sizeof error, 0) != sizeof error)
        return Error(ECHILD, "make", "a user namespace");
    if (error != 0) return Error(error, "make", "a user namespace");
    const std::string process = "/proc/" + std::to_string(holder);
    JAIL_TRY(write_map(process + "/uid_map", uid_map(identity, which)));
    JAIL_TRY(write_map(process + "/gid_map", gid_map(identity, which)));
    FileDescriptor made(::open((process + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC));
    if (!made) return errno_error("open", process + "/ns/user");
    return made;
}

}  // namespace

std::string uid_map(const Identity& identity, UserNamespace which) {
    if (which == UserNamespace::kFakeroot) return as_root(identity.uid);
    return mapped_to_themselves({0, identity.uid});
}

std::string gid_map(const Identity& identity, UserNamespace which) {
    if (which == UserNamespace::kFakeroot) return as_root(identity.gid);
    std::set<std::uint32_t> gids = {0, kTerminals, identity.gid};
    for (const Group& group : identity.groups) gids.insert(group.gid);
    return mapped_to_themselves(gids);
}

Result<FileDescriptor> create(const Identity& identity, UserNamespace which) {
    SocketPair control = JAIL_TRY(make_socket_pair());
    const pid_t holder = JAIL_TRY(process::fork_silently());
    if (holder == 0) {
        control.ours.reset();  // else the end of its parent would never be an end of file here
        hold_namespace(control.theirs.get(), identity.uid, which);
    }
    control.theirs.reset();
    auto made = take_namespace(holder, control.ours.get(), identity, which);
    control.ours.reset();
    JAIL_TRY(process::wait_for(holder));
    return made;
}

}  // namespace jail::supervisor::user_namespace
