// SPDX-License-Identifier: Apache-2.0
// Programs of the administrator's that are told what happened: /etc/jail/hooks.d/EVENT, run as root with one
// JSON object on standard input. Never on the login path.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "provision/base/layout.h"

namespace jail::provision {

// `event`: "published", "bound", "unbound", "denied", "limit", "drift", "update-failed". Does nothing where
// there is no such file. A hook that fails, runs longer than 30 s or is not root's alone is a line of the
// log: what has happened stays so.
void run_hook(const Layout& layout, const char* event, nlohmann::json details);

}  // namespace jail::provision
