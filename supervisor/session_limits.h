// SPDX-License-Identifier: Apache-2.0
// The sessions that the policy allows: how many.
#pragma once

#include <cstdint>

#include "libjail/base/result.h"
#include "libjail/confine/cgroup.h"
#include "libjail/policy/manifest.h"

namespace jail::supervisor::session_limits {

// The logins and instances that an account has open already.
struct Open {
    std::uint32_t logins = 0;
    std::uint32_t instances = 0;  // of single sessions, those that linger included
};

// Whether one more login fits. EUSERS and a sentence for the account where it does not: as many sessions, as
// many instances of single sessions (terminal_limits.h), or as many tasks, as there may be. (Without the
// latter the login would end halfway, in a fork that fails.)
Result<> may_open(const Manifest& manifest, const Open& open, const Cgroup& cgroup);

// Whether it is one of the first two that one more login would not fit into.
bool sessions_are_met(const Manifest& manifest, const Open& open);

}  // namespace jail::supervisor::session_limits
