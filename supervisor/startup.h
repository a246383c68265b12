// SPDX-License-Identifier: Apache-2.0
// From a uid to an instance that is ready to be served.
#pragma once

#include <sys/types.h>

#include <optional>

#include "supervisor/supervisor.h"

namespace jail::supervisor {

// Empty: another supervisor serves the account already. An error leaves no directory below /run/jail, no
// control group and no process.
Result<std::optional<Supervisor>> start(uid_t uid);

}  // namespace jail::supervisor
