// The privilege that a supervisor goes on with, once its instance runs.
#pragma once

#include "libjail/base/result.h"
#include "libjail/policy/manifest.h"

namespace jail::supervisor {

// Keeps the capabilities by which it ends processes and starts its recorder; those by which instances are
// made only where each session has one. Where the jail sends no mail, nothing that it executes has a
// capability. A filter refuses it the system calls that are no part of its work.
Result<> drop_privilege(const Manifest& manifest);

}  // namespace jail::supervisor
