// SPDX-License-Identifier: Apache-2.0
// A refusal in the session phase that does not depend on what the PAM application does with the error: sshd
// keeps the connection and opens terminals for it, sudo takes PAM_SESSION_ERR for harmless and goes on.
#pragma once

namespace jail {

// Takes from the calling process, and from all its threads, for good, what a session needs: no_new_privs, not
// dumpable, and a system-call filter that kills it (SIGSYS; seccomp(2), SECCOMP_RET_KILL_PROCESS) at its next
// fork, vfork, clone, clone3, execve or execveat, and at each call of another architecture. It may still
// write its logs and exit. A process that cannot be changed so is ended at once, by SIGKILL.
void forbid_session();

}  // namespace jail
