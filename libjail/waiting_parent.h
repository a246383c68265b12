// A process of ours that stays as the parent of a session's program and does nothing but wait, where the
// policy wants to know how the program ended: the door (sshd, su, login) knows, and tells no module of PAM's.
#pragma once

#include "libjail/session_child.h"

namespace jail {

// Forks. Returns in the child, which is the session to be: in its parent's process group and session, with
// all of its descriptors, so that terminal and door meet what they would have met. The parent lets go of its
// own, forwards signals that are sent to it, and ends as the child ends. Holds no privilege; drop it before.
Result<> wait_for_program(WhenEnded ended);

}  // namespace jail
