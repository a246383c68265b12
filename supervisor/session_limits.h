// What the policy allows of sessions: how many.
#pragma once

#include <cstdint>

#include "libjail/cgroup.h"
#include "libjail/manifest.h"
#include "libjail/result.h"

namespace jail::session_limits {

// Whether one more login fits. EUSERS and a sentence for the account where it does not: as many sessions, or
// as many tasks, as there may be. (Without the latter the login would end halfway, in a fork that fails.)
Result<> may_open(const Manifest& manifest, std::uint32_t logins, const Cgroup& cgroup);

}  // namespace jail::session_limits
