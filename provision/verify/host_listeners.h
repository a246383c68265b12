// SPDX-License-Identifier: Apache-2.0
// Listeners of the host's that no session of a jail with its own network may reach. Each says the token to a
// caller, and nothing else.
#pragma once

#include <string>

#include "libjail/base/result.h"
#include "provision/verify/child.h"
#include "provision/verify/one_time_files.h"

namespace jail::provision {

class HostListeners {
public:
    static Result<HostListeners> start(const OneTimeFiles& files);

    int port() const { return port_; }                         // of 127.0.0.1
    const std::string& socket() const { return socket_; }      // a path that everybody can connect to
    const std::string& abstract() const { return abstract_; }  // a name in the network namespace (unix(7))

private:
    HostListeners() = default;

    VerifyChild child_;
    int port_ = 0;
    std::string socket_, abstract_;
};

}  // namespace jail::provision
