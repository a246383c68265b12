// SPDX-License-Identifier: Apache-2.0
// The host's sshd, once more: its binary with its configuration and PAM service, on a port of the loopback,
// for one account and one key. A login by it is a real one.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "libjail/base/result.h"
#include "provision/host/sshd_settings.h"
#include "provision/verify/child.h"
#include "provision/verify/one_time_files.h"
#include "provision/verify/sshd_config.h"

namespace jail::provision {

// The settings in force for connections of the account. An error: sshd is not there, or does not answer.
Result<SshdConfig> effective_sshd_config(const SshdPlaces& places, const std::string& account);

class TestServer {
public:
    // Listens when this returns. `files` has to outlive it.
    static Result<TestServer> start(const SshdPlaces& places, const SshdConfig& effective,
                                    const OneTimeFiles& files, bool for_root);
    TestServer(TestServer&&) = default;
    TestServer& operator=(TestServer&&) = default;
    // Ends it, and its connections.
    ~TestServer();

    int port() const { return port_; }
    // The processes of its connections, root's and the account's.
    std::vector<pid_t> processes() const;

private:
    TestServer() = default;

    VerifyChild listener_;
    int port_ = 0;
};

}  // namespace jail::provision
