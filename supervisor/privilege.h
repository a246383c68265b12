// SPDX-License-Identifier: Apache-2.0
// The privilege that a supervisor goes on with, once its instance runs.
#pragma once

#include "libjail/base/result.h"
#include "libjail/policy/manifest.h"

namespace jail::supervisor {

// Keeps the capabilities by which it ends processes and starts its recorder; those by which it makes
// instances only where each session has one. If the jail sends no mail, the programs that it executes get no
// capability. A filter refuses the system calls that it does not need.
Result<> drop_privilege(const Manifest& manifest);

}  // namespace jail::supervisor
