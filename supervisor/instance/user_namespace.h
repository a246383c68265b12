// SPDX-License-Identifier: Apache-2.0
// The user namespace of an instance (user_namespaces(7)), where the policy asks for one. It does not own the
// other namespaces: a capability in it only applies to the account's own processes and files.
//
// self      Doors join it last (namespaces.h), so that all of a session is in it, whether or not it ever
//           executes jailshell. Each mapped id is mapped to itself: the account, its groups, and what sshd's
//           monitor needs to be and to give its terminals, root and the group tty. All others are nobody.
// fakeroot  jailshell joins it (fakeroot.h). The account and its group are root there, all others nobody.
#pragma once

#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "supervisor/instance/identity.h"

namespace jail::supervisor::user_namespace {

// Made by root on the host. `self` belongs to an unused uid, so root alone can join it; `fakeroot` belongs to
// the account. Objects that the account makes in either are counted for that owner on the host, and not for
// root. `which` is the manifest's, and not kNone. ENOSPC: the host's limit is met
// (/proc/sys/user/max_user_namespaces); EINVAL: more groups than can be mapped.
Result<FileDescriptor> create(const Identity& identity, UserNamespace which);

// The contents of uid_map and gid_map (user_namespaces(7)).
std::string uid_map(const Identity& identity, UserNamespace which);
std::string gid_map(const Identity& identity, UserNamespace which);

}  // namespace jail::supervisor::user_namespace
