// SPDX-License-Identifier: Apache-2.0
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

#include "libjail/base/file_descriptor.h"
#include "provision/wire/ways.h"

namespace jail::provision {

namespace {

constexpr char kFrom[] = "127.0.0.1";
constexpr int kAttempts = 3;

// Whether the channel leads to the host's listener, which says the token.
bool reaches_host(Channel& channel, const Target& target) {
    return channel.take(target.token.size()) == target.token;
}

// Of "Channel opening failure: channel 53 error (2) Connection refused" the server's words.
std::string reason_of(const Connection& connection) {
    const std::string error = connection.error();
    const std::size_t end = error.rfind(") ");
    return end == std::string::npos ? error : error.substr(end + 2);
}

struct Reached {
    bool opened = false, host = false;
    std::string error;
};
Reached forward_to(const Connection& connection, const Target& target, const char* address, int port) {
    Channel channel(connection.session());
    Reached reached;
    reached.opened = ssh_channel_open_forward(channel.get(), address, port, kFrom, target.port) == SSH_OK;
    if (reached.opened)
        reached.host = port == target.host_port && reaches_host(channel, target);
    else
        reached.error = reason_of(connection);
    return reached;
}

WireReport judge(const char* way, const char* address, const Reached& reached) {
    if (reached.host)
        return {way, Seen::kOutside, std::string("it reaches the host's listener at ") + address};
    if (reached.opened) return {way, Seen::kOpen, std::string("another listener answers at ") + address};
    return {way, Seen::kRefused, reached.error};
}

}  // namespace

bool host_listens(int port) {
    const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

WireReport try_forward_to_host(const Connection& connection, const Target& target) {
    return judge("forward-host", kFrom, forward_to(connection, target, kFrom, target.host_port));
}

// A client of ssh -D asks for whatever its user's programs name.
WireReport try_dynamic(const Connection& connection, const Target& target) {
    WireReport report = {"dynamic", Seen::kRefused, ""};
    for (const char* address : {"localhost", "0.0.0.0", "::1", "::ffff:127.0.0.1", "127.1.2.3"}) {
        report = judge("dynamic", address, forward_to(connection, target, address, target.host_port));
        if (report.seen != Seen::kRefused) return report;
    }
    return report;
}

Remote try_remote(const Connection& connection, const Target& target) {
    int port = 0, result = SSH_ERROR;
    // A request right after another channel was closed has been seen to fail without an answer of sshd's.
    for (int attempt = 0; attempt < kAttempts && result != SSH_OK; ++attempt)
        result = ssh_channel_listen_forward(connection.session(), kFrom, 0, &port);
    if (result != SSH_OK)
        return {{"remote", Seen::kRefused, "sshd: " + connection.error()},
                {"forward-inside", Seen::kUntried, "without -R nothing of the client's listens inside"}};
    Remote remote = {{"remote", Seen::kOpen, "it does not listen on the host"}, {}};
    if (host_listens(port)) remote.listener = {"remote", Seen::kOutside, "it listens on the host"};
    const Reached inside = forward_to(connection, target, kFrom, port);
    remote.inside = inside.opened
                        ? WireReport{"forward-inside", Seen::kInside, "it reaches the listener of -R"}
                        : WireReport{"forward-inside", Seen::kRefused, inside.error};
    if (remote.listener.seen == Seen::kOpen && inside.opened)
        remote.listener = {"remote", Seen::kInside, "it listens in the jail"};
    (void)ssh_channel_cancel_forward(connection.session(), kFrom, port);
    return remote;
}

WireReport try_streamlocal(const Connection& connection, const Target& target) {
    Channel channel(connection.session());
    if (ssh_channel_open_forward_unix(channel.get(), target.socket.c_str(), "localhost", 0) != SSH_OK)
        return {"streamlocal", Seen::kRefused, reason_of(connection)};
    if (reaches_host(channel, target))
        return {"streamlocal", Seen::kOutside, "it reaches a socket of the host"};
    return {"streamlocal", Seen::kOpen, "another listener answers"};
}

}  // namespace jail::provision
