// SPDX-License-Identifier: Apache-2.0
// A process of ours between the outer terminal and the session: for logins with a terminal or a process from
// outside of the jail (su, login, sshd without pam_jail, jail-provision enter).
#pragma once

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "libjail/session/session_child.h"

namespace jail {

// True when one of descriptors 0-2, or the controlling terminal behind /dev/tty, is a terminal that the
// jail's /dev/pts did not make. Such a terminal must not reach the session: through it the session could read
// and inject input outside.
bool has_foreign_terminal();

struct Terminal {
    FileDescriptor master;
    FileDescriptor slave;
};

// The next free one of the /dev/pts that the calling process sees. ENOSPC: no terminal is free.
Result<Terminal> take_terminal();

// Forks. Returns in the child, which is the session to be: with a fresh terminal of the jail in place of each
// foreign one, as its controlling terminal: `terminal`, or, if that is empty, one that is taken now. The
// parent never returns: it carries bytes, window sizes and signals, and ends as the child ends, by the same
// exit status or the same signal, after `ended` with the wait status. Needs no privilege; drop it before.
Result<> relay(WhenEnded ended = {}, Terminal terminal = {});

}  // namespace jail
