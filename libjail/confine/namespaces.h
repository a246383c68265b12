// SPDX-License-Identifier: Apache-2.0
// The namespaces of an instance (namespaces(7)): made once by the supervisor, joined by every session.
#pragma once

#include <sched.h>

#include <string>

#include "libjail/base/result.h"
#include "libjail/policy/manifest.h"

namespace jail::namespaces {

// Those that clone(2) makes for PID 1. The cgroup namespace is not among them: its root is the cgroup that
// the process is in when it is made, so PID 1 unshares it when it has joined the jail's.
inline constexpr int kAlways = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
int to_create(Network network);

// Own cgroup namespace, hostname and, with its own network namespace, a loopback interface that is up. Called
// by PID 1 inside.
Result<> configure(Network network, const std::string& hostname);

// Moves the calling, single-threaded process into the mount and network namespaces of PID 1, if it is in
// others: a door may be a service with a private /tmp or home (systemd.exec(5)), and an instance made from
// its namespaces would serve every later session. The working directory is "/" then.
Result<> join_hosts();

// Moves the calling, single-threaded process into all namespaces of the process behind `pidfd`, and to "/"
// there. Children are in the pid namespace; the caller itself stays in its own. Needs CAP_SYS_ADMIN,
// CAP_SYS_CHROOT and CAP_SYS_PTRACE.
Result<> join(int pidfd);

// Moves the calling, single-threaded process into one mount namespace, that of a process (pidfd) or by a
// descriptor of its own (namespaces(7)), and to "/" there. `name` is for errors.
Result<> join_mounts(int descriptor, const char* name);

// Moves the calling, single-threaded process into a user namespace (user_namespace.h); its ids stay what they
// are. It then has every capability in that namespace only: confine() is next.
Result<> join_user(int user_namespace);

}  // namespace jail::namespaces
