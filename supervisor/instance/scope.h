// SPDX-License-Identifier: Apache-2.0
// The control group of an instance as systemd's: jail-<account>.scope in jail.slice, with the limits as
// properties that systemctl shows.
#pragma once

#include "libjail/base/result.h"
#include "libjail/confine/cgroup.h"
#include "libjail/policy/manifest.h"
#include "supervisor/instance/identity.h"

namespace jail::supervisor::scope {

// Whether systemd manages the whole of cgroup v2: then systemd would not know a group that we make ourselves.
bool available();

// Starts the scope with the calling process in it, and returns when every limit is in force: read back, since
// systemd only logs the limits that it could not set. Children are in it too; the caller leaves it afterwards
// (Cgroup::leave_session). The scope ends when it is empty.
Result<Cgroup> start(const Identity& identity, const Limits& limits);

// The arguments of busctl(1) that start it; `device` is "" or what the limits of input and output are for.
std::vector<std::string> start_arguments(const std::string& unit, pid_t process, const Limits& limits,
                                         const std::string& device);

}  // namespace jail::supervisor::scope
