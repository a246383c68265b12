// The user namespace of an instance (user_namespaces(7)), where the policy asks for one. Doors join it last
// (namespaces.h), so that all of a session is in it, whether or not it ever executes jailshell. What is
// mapped is mapped to itself: the account, its groups, and what sshd's monitor needs to be and to give its
// terminals, root and the group tty. All other accounts are nobody. The namespace owns none of the others: a
// capability in it is one over nothing but the account's own processes and files.
#pragma once

#include <string>

#include "libjail/file_descriptor.h"
#include "libjail/identity.h"
#include "libjail/result.h"

namespace jail::user_namespace {

// Made by root on the host, and root's. ENOSPC: the host allows no more of them
// (/proc/sys/user/max_user_namespaces); EINVAL: more groups than can be mapped.
Result<FileDescriptor> create(const Identity& identity);

// What uid_map and gid_map (user_namespaces(7)) are written with.
std::string uid_map(const Identity& identity);
std::string gid_map(const Identity& identity);

}  // namespace jail::user_namespace
