// SPDX-License-Identifier: Apache-2.0
// The running jails, as their supervisors list them (supervisor/session_list.h), and what the kernel counts
// for their control groups.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libjail/confine/cgroup.h"
#include "provision/base/layout.h"

namespace jail::provision {

struct RunningSession {
    std::string id, door, terminal, peer;
    std::int64_t opened = 0;  // seconds since 1970
    std::int64_t opener_pid = 0;
    std::int64_t init_pid = 0;  // of an instance of its own; 0: the account's
};

struct GroupUse {
    std::optional<std::uint64_t> tasks, tasks_limit;  // limits: nullopt if unlimited
    std::optional<std::uint64_t> memory_bytes, memory_limit;
    std::optional<std::uint64_t> cpu_us;
};

struct RunningInstance {
    std::uint32_t uid = 0;
    std::string account, jail;
    std::uint64_t generation = 0;
    std::int64_t init_pid = 0;
    bool lingers = false;  // without a session, something goes on
    std::optional<std::int64_t> idle_since;
    std::int64_t grace_seconds = 0;
    std::vector<RunningSession> sessions;
    Cgroup::Place group;
    GroupUse use;
};

// By uid. An instance is left out after its supervisor was killed. `layout.cgroup_root` is where control
// groups are.
std::vector<RunningInstance> running_instances(const Layout& layout);

// Seconds since the last read or write on a terminal of the instance; nullopt: it has no terminal.
std::optional<std::int64_t> idle_seconds(const RunningInstance& instance);

}  // namespace jail::provision
