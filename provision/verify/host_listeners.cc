// SPDX-License-Identifier: Apache-2.0
#include "provision/verify/host_listeners.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstddef>
#include <cstring>
#include <utility>

#include "libjail/base/unix_address.h"

namespace jail::provision {

namespace {

constexpr int kBacklog = 16;

Result<FileDescriptor> listen_at(int family, const void* address, socklen_t size, const char* where) {
    FileDescriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) return errno_error("socket");
    if (::bind(socket.get(), static_cast<const sockaddr*>(address), size) != 0 ||
        ::listen(socket.get(), kBacklog) != 0)
        return errno_error("listen at", where);
    return socket;
}

// Until it is ended. A caller that does not read is not waited for: the token fits into any buffer.
int serve(const FileDescriptor (&listeners)[3], const std::string& token) {
    pollfd waiting[3] = {};
    for (std::size_t i = 0; i < 3; ++i) waiting[i] = {listeners[i].get(), POLLIN, 0};
    for (;;) {
        if (::poll(waiting, 3, -1) < 0) continue;
        for (const pollfd& one : waiting) {
            if ((one.revents & POLLIN) == 0) continue;
            const FileDescriptor caller(::accept4(one.fd, nullptr, nullptr, SOCK_CLOEXEC));
            if (caller) (void)::send(caller.get(), token.data(), token.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        }
    }
}

}  // namespace

Result<HostListeners> HostListeners::start(const OneTimeFiles& files) {
    HostListeners host;
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    FileDescriptor tcp = JAIL_TRY(listen_at(AF_INET, &address, sizeof address, "the loopback"));
    socklen_t size = sizeof address;
    if (::getsockname(tcp.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
        return errno_error("getsockname");
    host.port_ = ntohs(address.sin_port);
    host.socket_ = files.path("socket");
    const sockaddr_un path = JAIL_TRY(unix_address("listen at", host.socket_));
    FileDescriptor by_path = JAIL_TRY(listen_at(AF_UNIX, &path, sizeof path, host.socket_.c_str()));
    if (::chmod(host.socket_.c_str(), 0666) != 0) return errno_error("chmod", host.socket_);
    host.abstract_ = "jail-verify-" + files.token();
    sockaddr_un name = {};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path + 1, host.abstract_.data(), host.abstract_.size());
    FileDescriptor by_name = JAIL_TRY(listen_at(
        AF_UNIX, &name, static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + host.abstract_.size()),
        "an abstract name"));
    const FileDescriptor listeners[3] = {std::move(tcp), std::move(by_path), std::move(by_name)};
    host.child_ = JAIL_TRY(VerifyChild::start([&] { return serve(listeners, files.token()); }));
    return host;
}

}  // namespace jail::provision
