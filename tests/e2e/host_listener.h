// SPDX-License-Identifier: Apache-2.0
// A listener of the host's: what a jailed account must not reach. A connection is made by the kernel, so that
// it can be counted without a thread that accepts.
#pragma once

#include <string>

namespace jail::testing {

class HostListener {
public:
    // TCP on 127.0.0.1.
    HostListener();
    // A unix socket; a name that begins with '@' is an abstract one. Everybody may connect.
    explicit HostListener(const std::string& path);
    ~HostListener();
    HostListener(const HostListener&) = delete;
    HostListener& operator=(const HostListener&) = delete;

    int port() const { return port_; }
    // Whether somebody connected since the last call.
    bool was_reached() const;

private:
    int socket_ = -1;
    int port_ = 0;
    std::string path_;
};

// TCP to 127.0.0.1 of the host; the descriptor, or -1.
int connect_to_host_port(int port);

// Ports of the host with a TCP listener, IPv4 and IPv6.
std::string host_tcp_listeners();

}  // namespace jail::testing
