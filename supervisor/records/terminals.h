// SPDX-License-Identifier: Apache-2.0
// The terminals of instances, as the host sees them. sshd allocates a session's terminal long after PAM,
// from the jail's devpts; its monitor, root's, keeps the master side open until the terminal is given back.
// So the terminal of each login is read from the monitor's own descriptors (proc(5)), which the account
// cannot influence.
#pragma once

#include <sys/types.h>

#include <vector>

#include "libjail/base/result.h"
#include "supervisor/watch/file_watch.h"

namespace jail::supervisor {

namespace terminals {

// The device of the devpts of the instance with PID 1 `init`. 0: it is gone.
dev_t devpts_of(pid_t init);

// From now on Change::kTerminals is reported when a terminal is made or given back there, as long as the
// descriptor is open. It keeps that devpts: its owner lets go of it with the session.
Result<FileDescriptor> watch(pid_t init, FileWatch& changes);

// The N of each /dev/pts/N of this devpts for which the process has the master side open, sorted: a terminal
// of the host's has another device.
std::vector<unsigned> held_by(pid_t process, dev_t devpts);

}  // namespace terminals
}  // namespace jail::supervisor
