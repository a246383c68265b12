// SPDX-License-Identifier: Apache-2.0
// Confines the recorder, before it reads a byte.
#pragma once

#include "libjail/base/result.h"

namespace jail::supervisor {

// From here on this process cannot open a file or execute a program, and makes only the system calls that a
// recorder needs: no_new_privs, not dumpable, landlock(7) where the kernel offers it, seccomp(2). It sends to
// the host's sockets by name, as before. EPERM: it runs as root.
Result<> leave_privilege();

}  // namespace jail::supervisor
