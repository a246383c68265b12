// Whether this host can hold a policy to its limits. A login would be refused otherwise: better to know
// before.
#pragma once

#include "provision/checked_policy.h"
#include "provision/layout.h"

namespace jail::provision {

void check_host_limits(const Layout& layout, const CheckedPolicy& checked, Diagnostics& diagnostics);

}  // namespace jail::provision
