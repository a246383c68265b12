// SPDX-License-Identifier: Apache-2.0
// Whether anything still runs in a pid namespace. A zombie does not: it is its parent's to wait for, and
// where that parent is outside (a PID 1 of the host's that reaps late or never, as in many containers) it may
// stay as long as the host does.
#pragma once

#include <sys/types.h>

#include "libjail/base/result.h"

namespace jail {

// The number that tells a pid namespace from others: the inode of /proc/PID/ns/pid.
Result<ino_t> pid_namespace_of(pid_t pid);

// Whether /proc shows a process, other than `self`, that is not a zombie; `pid_namespace`: of that namespace,
// 0: of any. True where that cannot be known.
bool has_live_process(pid_t self, ino_t pid_namespace);

}  // namespace jail
