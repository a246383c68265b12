// What a door starts as the account's login shell, when that is not jailshell.
#pragma once

#include <string>

#include "libjail/instance.h"
#include "libjail/result.h"

namespace jail {

// Members of a bound group, above all those of a directory service, keep their own login shell, and sshd and
// su execute that path inside the jail. Where it must lead to jailshell instead, this is the path in the
// tree: when the tree has no such program, or when the policy does not allow the account a shell. Empty
// otherwise: also for a shell that is not in /etc/shells (nologin), which is never made to work.
Result<std::string> place_of_login_shell(int tree, const InstancePlan& plan);

}  // namespace jail
