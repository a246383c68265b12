// SPDX-License-Identifier: Apache-2.0
// Escapes, tried inside: by a process that enters the account's running jail as a door brings one in, and has
// exactly what a session's processes have. It needs nothing of the jail's tree, which may have no program at
// all. Limits are reached where nobody else is in, and read where somebody is.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "libjail/policy/manifest.h"
#include "provision/host/account.h"
#include "provision/verify/host_listeners.h"
#include "provision/verify/one_time_files.h"
#include "provision/verify/promised_refusals.h"
#include "provision/verify/row.h"

namespace jail::provision {

// A directory of the host's, by what it is and not by its name.
struct HostDirectory {
    std::string path;
    dev_t device = 0;
    ino_t inode = 0;
};

struct BatteryPlan {
    const Manifest& manifest;  // the policy that is to hold
    std::uint64_t generation;  // that is published
    const Account& account;
    const OneTimeFiles& files;
    const HostListeners& listeners;
    std::vector<HostDirectory> foreign_homes;
    std::vector<PromisedRefusal> refusals;
    std::vector<std::string> allowed_calls;  // `syscalls: {allow: ...}`
    pid_t host_process = 0;                  // a pid of the host's
    std::vector<std::string> unheld;         // limits that this host cannot hold, by their keys
    // Set when the session is open: how many others are, and what its control group holds.
    std::uint32_t others = 0;
    std::optional<std::uint64_t> held_tasks, held_memory;
};

// By an attempt, inside: whether it went as it should, and what was seen.
struct Observation {
    RowState state = RowState::kWrong;
    std::string seen;
};

struct Attempt {
    const char* group;
    const char* code;
    const char* tried;
    std::string policy;
    std::function<Observation()> run;
};
using Attempts = std::vector<Attempt>;

// Each adds those of its group; `plan` has to outlive them.
void add_host_attempts(const BatteryPlan& plan, Attempts& attempts);
void add_privilege_attempts(const BatteryPlan& plan, Attempts& attempts);
void add_filter_attempts(const BatteryPlan& plan, Attempts& attempts);
void add_network_attempts(const BatteryPlan& plan, Attempts& attempts);
void add_execution_attempts(const BatteryPlan& plan, Attempts& attempts);
void add_limit_attempts(const BatteryPlan& plan, Attempts& attempts);

// A row for each attempt, in that order. One that the process inside did not come to is untried.
Rows run_battery(BatteryPlan& plan, const std::function<void(const std::string&)>& progress);

}  // namespace jail::provision
