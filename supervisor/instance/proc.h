// /proc of a jail: the pid namespace's own processes; what tells of, or steers, the rest of the machine is
// masked. The lists are those that container runtimes have by default (maskedPaths and readonlyPaths of moby
// and podman; their entries in /sys are not there at all) and a few more.
#pragma once

#include "libjail/base/result.h"

namespace jail::supervisor {

// Mounts it below an attached root. `executable_memory`: whether memfd_create(2) may make files that can be
// executed.
Result<> mount_proc(int root, bool executable_memory);

}  // namespace jail::supervisor
