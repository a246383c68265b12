// SPDX-License-Identifier: Apache-2.0
// `user_namespace: fakeroot`: the programs that jailshell executes see the account as root, as with
// fakeroot(1), without any capability.
//
// Only jailshell can go there: the door, sshd's monitor, has yet to become the account, the only uid that is
// mapped there. So the system-call filter asks the supervisor about setns(2) into a user namespace, and the
// supervisor allows it to jailshell alone (supervisor/fakeroot_requests.h).
#pragma once

#include "libjail/base/result.h"

namespace jail::fakeroot {

// The calling process, single-threaded and the account's, joins the instance's user namespace and gives up
// the capabilities that it then has. From there on chown(2) and its like succeed without effect; the process
// can give files to one uid only, its own. Inherited for good. EPERM: the supervisor refused; ENOSYS: it is
// gone.
Result<> enter();

}  // namespace jail::fakeroot
