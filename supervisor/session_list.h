// SPDX-License-Identifier: Apache-2.0
// <run>/<uid>/sessions: what jail-provision ps shows of a running instance, as JSON, an object a line: the
// instance, then each of its sessions.
#pragma once

#include <string>
#include <vector>

#include "libjail/base/clock.h"
#include "libjail/confine/cgroup.h"
#include "supervisor/instance/plan.h"
#include "supervisor/watch/session.h"

namespace jail::supervisor {

// In one step: a reader finds the old list or the new one. A list that cannot be written (the disk of /run is
// full) is left out: no code depends on it. `idle_since`: the end of the last session; empty while one is
// open.
void write_session_list(const std::string& directory, const InstancePlan& plan, const Cgroup& cgroup,
                        pid_t init, const std::vector<Session>& sessions, bool lingers, Deadline idle_since);

}  // namespace jail::supervisor
