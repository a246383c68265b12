// SPDX-License-Identifier: Apache-2.0
// A process of ours that stays as the parent of a session's program and only waits, if the policy records how
// the program ended: the door (sshd, su, login) knows that, but does not pass it to PAM modules.
#pragma once

#include "libjail/session/session_child.h"

namespace jail {

// Forks. Returns in the child, which is the session to be and has all that the caller had: it leads a session
// and a process group, and where the caller's session has one of the jail's terminals, that is the child's.
// The parent lets go of its descriptors, hands on to the child's process group what signals it is sent, and
// ends as the child ends. Holds no privilege; drop it before.
Result<> wait_for_program(WhenEnded ended);

}  // namespace jail
