// SPDX-License-Identifier: Apache-2.0
// The limits of a jail on this host.
#pragma once

#include "provision/base/layout.h"
#include "provision/config/checked_policy.h"

namespace jail::provision {

// Sets checked.limits. A limit that was written and that this host cannot hold is an error: otherwise logins
// would be refused. A default is only noted, since such a host can only have a jail without it.
void set_limits(const Layout& layout, CheckedPolicy& checked, Diagnostics& diagnostics);

}  // namespace jail::provision
