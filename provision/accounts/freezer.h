// SPDX-License-Identifier: Apache-2.0
// Stops all processes of a running jail where they are, and continues them, by the kernel's freezer: the file
// cgroup.freeze of cgroup v2 (cgroup-v2.rst), the freezer controller of v1 (freezer-subsystem.rst). While a
// jail is frozen its supervisor refuses logins; a file below the run directory says so.
#pragma once

#include "libjail/base/result.h"
#include "provision/accounts/running_instances.h"

namespace jail::provision {

// Returns when every process stands still. ENOTSUP: this host has no freezer that can be used. ETIMEDOUT: a
// process waits in the kernel and cannot be stopped; all others go on again.
Result<> freeze(const Layout& layout, const RunningInstance& instance);

// Also of what is only half frozen.
Result<> thaw(const Layout& layout, const RunningInstance& instance);

// SIGKILL for all of its processes while they cannot run, and then lets them go on, to their end: v1 keeps
// even killed ones frozen.
void kill_frozen(const Layout& layout, const RunningInstance& instance);

bool is_frozen(const Layout& layout, const RunningInstance& instance);

}  // namespace jail::provision
