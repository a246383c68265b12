// SPDX-License-Identifier: Apache-2.0
// A terminal of the host's in a jail, under the host's name for it, in a copy of the jail's mount namespace
// that one session is to have. login of util-linux (Debian 13) opens its terminal anew by that name, as root,
// when it is inside; shadow's (Debian 12) does not.
#pragma once

#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::supervisor {

struct ShownTerminal {
    FileDescriptor mounts;  // the namespace; empty: see show_terminal()
    // The terminal of the jail whose name ours has. The name goes with its last descriptor.
    FileDescriptor covered;
};

// Moves the calling, single-threaded process out of the terminal's mount namespace into a copy of that of
// PID 1 (pidfd), where /dev/`name` leads root to the terminal, and no other user. `terminal` is O_PATH. The
// other namespaces stay its own. The result is empty where the jail has a device of this name, or may not
// have so many terminals that one is called "pts/N". EINVAL: not a name below /dev.
Result<ShownTerminal> show_terminal(const std::string& name, int terminal, int init);

}  // namespace jail::supervisor
