// SPDX-License-Identifier: Apache-2.0
#include "libjail/base/foreign_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <cstdint>
#include <optional>

#include "libjail/base/file_descriptor.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71  // of newer headers; asm-generic/socket.h of the kernel
#endif

namespace jail {
namespace {

template <class Value>
std::optional<Value> option_of(int socket, int name) {
    Value value = {};
    socklen_t size = sizeof value;
    if (::getsockopt(socket, SOL_SOCKET, name, &value, &size) != 0) return std::nullopt;
    return value;
}

bool is_of_another_namespace(int socket) {
    const FileDescriptor own(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto theirs = option_of<std::uint64_t>(socket, SO_NETNS_COOKIE);
    const auto ours = option_of<std::uint64_t>(own.get(), SO_NETNS_COOKIE);
    return !theirs || !ours || *theirs != *ours;
}

// A policy may refuse getsockopt(2), never getpeername(2): a connection of sshd's has to be known as one.
bool is_fixed(int socket) {
    sockaddr_storage peer = {};
    socklen_t size = sizeof peer;
    const bool connected = ::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
    if (connected && peer.ss_family != AF_UNIX) return false;
    if (connected) return option_of<int>(socket, SO_TYPE) != SOCK_DGRAM;
    return option_of<int>(socket, SO_DOMAIN) == AF_UNIX && option_of<int>(socket, SO_ACCEPTCONN) == 1;
}

}  // namespace

bool is_foreign_socket(int fd) {
    struct stat status = {};
    if (::fstat(fd, &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
    return !is_fixed(fd) && is_of_another_namespace(fd);
}

bool has_foreign_socket() {
    return is_foreign_socket(0) || is_foreign_socket(1) || is_foreign_socket(2);
}

}  // namespace jail
