// SPDX-License-Identifier: Apache-2.0
// jail-verify-client, as jail-provision starts it and listens to it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "libjail/base/result.h"
#include "provision/probes/wire_report.h"
#include "provision/verify/one_time_files.h"

namespace jail::provision {

struct WireTarget {
    std::string account;
    int port = 0;        // of the temporary sshd
    std::string socket;  // a listener of the host's, which says the token
    int host_port = 0;   // another
    std::string sftp_server;
};

struct WireReports {
    std::vector<WireReport> reports;
    std::string end;  // the reason why some are missing, or empty
};

// The reports of the client, in their order. `held` is called while its session is open and nothing was tried
// in it yet; `progress` with each way that is done. An error: it reported nothing, or what it should not.
Result<WireReports> try_all_ways(const OneTimeFiles& files, const WireTarget& target,
                                 const std::function<void()>& held,
                                 const std::function<void(std::size_t)>& progress);

// The median of so many logins one after the other, in microseconds.
Result<std::uint64_t> time_logins(const OneTimeFiles& files, const std::string& account, int port,
                                  int logins);

}  // namespace jail::provision
