// SPDX-License-Identifier: Apache-2.0
// The limits of a newer generation for a jail that runs: those that its control group holds. The limits that
// the kernel keeps for each process (open_files, file_size, cpu_time), and sessions, idle and session_time,
// stay as they were when the instance started.
#pragma once

#include <string>
#include <vector>

#include "libjail/base/result.h"
#include "libjail/policy/manifest.h"
#include "provision/accounts/running_instances.h"

namespace jail::provision {

// Writes all of memory, swap, tasks, cpu and io. ENOTSUP: a hierarchy of cgroup v1 is needed that the
// instance is not in. EBUSY: more memory is in use than the limit allows, and cannot be reclaimed.
Result<> set_limits(const Layout& layout, const RunningInstance& instance, const Limits& limits);

// The arguments of busctl(1) that set them for a scope of systemd's.
std::vector<std::string> scope_arguments(const std::string& unit, const Limits& limits,
                                         const std::string& device);

}  // namespace jail::provision
