// SPDX-License-Identifier: Apache-2.0
// /proc of a jail: the pid namespace's own processes. Files that describe or control the rest of the machine
// are masked. The lists are the defaults of container runtimes (maskedPaths and readonlyPaths of moby and
// podman; a jail does not have their entries in /sys at all) and a few more.
#pragma once

#include "libjail/base/result.h"

namespace jail::supervisor {

// Mounts it below an attached root. `executable_memory`: whether memfd_create(2) may make files that can be
// executed.
Result<> mount_proc(int root, bool executable_memory);

}  // namespace jail::supervisor
