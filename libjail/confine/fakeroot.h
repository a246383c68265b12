// `user_namespace: fakeroot`: the account is root in the eyes of what jailshell executes, as with
// fakeroot(1), and no capability comes with it.
//
// Only jailshell can go there: the door, sshd's monitor, has yet to become the account, who is root there and
// nobody else. So the system-call filter leaves setns(2) into a user namespace to the supervisor's word,
// which is no for every program but jailshell (supervisor/fakeroot_requests.h).
#pragma once

#include "libjail/base/result.h"

namespace jail::fakeroot {

// The calling process, single-threaded and the account's, joins the instance's user namespace and gives up
// the capabilities that it then has. From there on chown(2) and its like do nothing and succeed; it has one
// uid to give files to, its own. Inherited for good. EPERM: the supervisor said no; ENOSYS: it is gone.
Result<> enter();

}  // namespace jail::fakeroot
