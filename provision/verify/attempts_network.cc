// SPDX-License-Identifier: Apache-2.0
// The host's network from inside.
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdint>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/unix_address.h"
#include "provision/verify/attempt.h"

namespace jail::provision {

namespace {

Observation connected(bool is, bool is_host_network) {
    if (!is) return as_policy(std::strerror(errno));
    return is_host_network ? as_policy("it reaches the host's listener")
                           : wrong("it reaches the host's listener");
}

Observation connect_tcp(const BatteryPlan& plan, bool is_host_network) {
    const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(plan.listeners.port()));
    return connected(
        ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0,
        is_host_network);
}

Observation connect_unix(const sockaddr_un& address, std::size_t size, bool is_host_network) {
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return connected(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address),
                               static_cast<socklen_t>(size)) == 0,
                     is_host_network);
}

Observation connect_abstract(const BatteryPlan& plan, bool is_host_network) {
    const std::string& name = plan.listeners.abstract();
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    return connect_unix(address, offsetof(sockaddr_un, sun_path) + 1 + name.size(), is_host_network);
}

Observation connect_path(const BatteryPlan& plan) {
    const auto address = unix_address("connect", plan.listeners.socket());
    if (!address) return {RowState::kUntried, address.error().message()};
    return connect_unix(address.value(), sizeof(sockaddr_un), false);
}

bool is_up(const char* name) {
    ifreq request = {};
    (void)::strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    return socket && ::ioctl(socket.get(), SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP) != 0;
}

Observation list_interfaces() {
    struct if_nameindex* const all = ::if_nameindex();
    if (all == nullptr) return {RowState::kUntried, std::strerror(errno)};
    std::string others, up;
    for (const struct if_nameindex* one = all; one->if_index != 0; ++one) {
        if (std::string_view(one->if_name) == "lo") continue;
        others += " " + std::string(one->if_name);
        if (is_up(one->if_name)) up = one->if_name;
    }
    ::if_freenameindex(all);
    if (!up.empty()) return wrong("an interface is up: " + up);
    // Tunnels that the kernel makes in each new namespace, down and without an address.
    return others.empty() ? as_policy("lo alone") : note("lo, and" + others);
}

Observation open_raw() {
    const FileDescriptor opened(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
    return expect_refused("a raw socket", opened.get(), {EPERM, EACCES, EPROTONOSUPPORT});
}

}  // namespace

void add_network_attempts(const BatteryPlan& plan, Attempts& attempts) {
    const bool is_host = plan.manifest.network == Network::kHost;
    const auto add = [&](const char* code, const char* tried, const char* policy,
                         std::function<Observation()> run) {
        attempts.push_back({"network", code, tried, policy, std::move(run)});
    };
    const char* const own = is_host ? "the host's network" : "not to the host";
    add("network-host", "a listener of the host's loopback", own,
        [&plan, is_host] { return connect_tcp(plan, is_host); });
    add("abstract-socket", "a socket of the host without a path", own,
        [&plan, is_host] { return connect_abstract(plan, is_host); });
    add("path-socket", "a socket of the host with a path", "not to the host",
        [&plan] { return connect_path(plan); });
    if (!is_host) add("interfaces", "interfaces", "lo alone", list_interfaces);
    add("raw-socket", "a raw socket", "refused", open_raw);
}

}  // namespace jail::provision
