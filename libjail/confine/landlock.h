// SPDX-License-Identifier: Apache-2.0
// A second lock on execution beside the mounts' noexec: landlock(7), where the kernel offers it.
#pragma once

#include <string>

#include "libjail/base/result.h"

namespace jail::landlock {

// The ABI version of this kernel's Landlock; 0: it does not have Landlock, or has it switched off.
Result<int> version();

// From here on this process and its descendants cannot execute files below `home`, /tmp, /run, /dev and
// /proc, or on any other mount that has noexec: to execute anything there, both the mount's flag and this
// rule would have to fail. The mounts refuse files that are only mapped executable. Has no effect before ABI
// 2 (Linux 5.19): the first ABI could not allow renames from one directory to another. Needs no_new_privs or
// CAP_SYS_ADMIN; cannot be taken back. A side effect of every Landlock domain: ptrace(2), and the files of
// /proc with the same guard (/proc/PID/fd, environ, exe), only reach the processes of the caller's own
// session.
Result<> restrict_execution(const std::string& home);

// From here on this process cannot open, make, change or execute files, even as root: its open descriptors
// stay open. Has no effect where the kernel does not have Landlock. Needs no_new_privs or CAP_SYS_ADMIN.
Result<> deny_files();

}  // namespace jail::landlock
