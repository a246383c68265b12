// SPDX-License-Identifier: Apache-2.0
// The processes of one running jail, as its control group lists them: for hundreds of jails that is a
// fraction of a look at all processes of the host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "provision/accounts/running_instances.h"

namespace jail::provision {

struct InstanceProcesses {
    std::size_t count = 0;
    std::vector<std::string> programs;         // distinct names, without ours and sshd's, made printable
    std::optional<std::uint64_t> cpu_us = {};  // of those that live, and of children that they waited for
};

// nullopt: the instance has no control group.
std::optional<InstanceProcesses> processes_of(const Layout& layout, const RunningInstance& instance);

// A name that is not there yet. The processes choose them.
void add_program(std::vector<std::string>& programs, const std::string& name);
// PID 1 of an instance, and sshd's process for a session: they say nothing of what the account does.
bool is_of_ours(const std::string& name);

// The name and the processor time, in ticks, of a line of /proc/PID/stat (proc(5)). nullopt: it is none.
struct ProcessStat {
    std::string name;
    std::uint64_t ticks = 0;
};
std::optional<ProcessStat> parse_stat(std::string_view line);

}  // namespace jail::provision
