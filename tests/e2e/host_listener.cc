// SPDX-License-Identifier: Apache-2.0
#include "host_listener.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "process.h"

namespace jail::testing {
namespace {

sockaddr_in loopback(int port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

}  // namespace

HostListener::HostListener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    (void)::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size);
    (void)::listen(socket_, 16);
    (void)::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
}

HostListener::HostListener(const std::string& path)
    : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)), path_(path) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    const bool abstract = path[0] == '@';
    if (abstract) address.sun_path[0] = '\0';
    const auto size =
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (abstract ? 0 : 1));
    (void)::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size);
    if (!abstract) (void)::chmod(path.c_str(), 0777);
    (void)::listen(socket_, 16);
}

HostListener::~HostListener() {
    ::close(socket_);
    if (!path_.empty() && path_[0] != '@') (void)::unlink(path_.c_str());
}

bool HostListener::was_reached() const {
    bool reached = false;
    for (int fd = -1; (fd = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; ::close(fd))
        reached = true;
    return reached;
}

int connect_to_host_port(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    ::close(fd);
    return -1;
}

std::string host_tcp_listeners() {
    return run({"ss", "-Hltn"}).output;
}

}  // namespace jail::testing
