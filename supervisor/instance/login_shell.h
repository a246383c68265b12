// SPDX-License-Identifier: Apache-2.0
// The program that a door starts as the account's login shell, when that is not jailshell.
#pragma once

#include <string>
#include <vector>

#include "libjail/base/result.h"
#include "supervisor/instance/plan.h"

namespace jail::supervisor {

// Members of a bound group, above all those of a directory service, keep their own login shell, and sshd and
// su execute that path inside the jail; an empty one is /bin/sh. Where it must lead to jailshell instead,
// this is the path in the tree, without symlinks:
// - The policy allows the account a shell: when the shell is in /etc/shells, and the tree lacks it.
// - It does not: whenever the tree has that program, but for the policy's sftp server, or the shell is in
//   /etc/shells. EPERM for a path that leads to what the instance has besides the tree (`own`: the home,
//   /proc, mounts), where the account could put a way to any program.
// Empty otherwise: a shell that is not in /etc/shells (nologin) is never made to work.
Result<std::string> place_of_login_shell(int tree, const InstancePlan& plan,
                                         const std::vector<std::string>& own);

}  // namespace jail::supervisor
