// A second lock on execution beside the mounts' noexec: landlock(7), where the kernel offers it.
#pragma once

#include <string>

#include "libjail/base/result.h"

namespace jail::landlock {

// The ABI version of this kernel's Landlock; 0: it has none, or none that is switched on.
Result<int> version();

// From here on this process and its descendants execute nothing below `home`, /tmp, /run, /dev and /proc, nor
// on any other mount that has noexec: to execute anything there, both the mount's flag and this rule would
// have to fail. The mounts refuse files that are only mapped executable. Does nothing before ABI 2
// (Linux 5.19), which could not allow renames from one directory to another. Needs no_new_privs or
// CAP_SYS_ADMIN; cannot be taken back. A side effect of every Landlock domain: ptrace(2), and what /proc
// guards like it (/proc/PID/fd, environ, exe), reach the processes of the caller's own session and no others.
Result<> restrict_execution(const std::string& home);

// From here on this process opens, makes, changes and executes no file, by whatever right: what it has open
// stays open. Does nothing where the kernel has no Landlock. Needs no_new_privs or CAP_SYS_ADMIN.
Result<> deny_files();

}  // namespace jail::landlock
