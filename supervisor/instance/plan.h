// SPDX-License-Identifier: Apache-2.0
// An instance as it is decided before anything of it exists.
#pragma once

#include <string>
#include <vector>

#include "libjail/policy/manifest.h"
#include "supervisor/instance/identity.h"

namespace jail::supervisor {

// All that PID 1 needs to know, decided before it exists.
struct InstancePlan {
    Identity identity;
    Manifest manifest;
    std::vector<EtcFile> etc;
    std::string inbox;        // of the host, to be kInbox; empty: the jail does not have one
    std::string log_socket;   // likewise, to be /dev/log
    std::string mail_socket;  // likewise, to be kMailSocket
};

// Decides by the records and the host's name services as they are at this moment. ENOENT: the uid is not in a
// jail.
Result<InstancePlan> make_plan(uid_t uid);

}  // namespace jail::supervisor
