// The limits of a jail on this host.
#pragma once

#include "provision/base/layout.h"
#include "provision/config/checked_policy.h"

namespace jail::provision {

// Sets checked.limits. A limit that was written and that nothing on this host can hold is an error: a login
// would be refused, better to know before. A default is only noted, since a jail without it is what such a
// host can have.
void set_limits(const Layout& layout, CheckedPolicy& checked, Diagnostics& diagnostics);

}  // namespace jail::provision
