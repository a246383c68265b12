// SPDX-License-Identifier: Apache-2.0
// The policy of each way into a session, and whether it is what was seen.
#pragma once

#include <functional>
#include <vector>

#include "libjail/policy/manifest.h"
#include "provision/probes/wire_report.h"
#include "provision/verify/row.h"
#include "provision/verify/sshd_config.h"

namespace jail::provision {

struct WaysPolicy {
    const Manifest& manifest;
    const SshdConfig& sshd;
    // Whether the jail's tree has a program of this name, where jailshell and sessions look.
    std::function<bool(const char*)> has_program;
};

// A row for each way, in the order of wire_ways(); for one without a report, `missing` says why.
Rows judge_ways(const WaysPolicy& policy, const std::vector<WireReport>& reports, const std::string& missing);

}  // namespace jail::provision
