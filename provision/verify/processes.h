// SPDX-License-Identifier: Apache-2.0
// Processes by their parents (proc_pid_stat(5)).
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace jail::provision {

// All below this one, whatever their depth, as /proc shows them at this moment.
std::vector<pid_t> descendants_of(pid_t ancestor);

// A field of /proc/PID/status, "CapEff", without blanks around it; empty: not there.
std::string status_field(pid_t pid, const std::string& key);

// The name of a namespace, "pid:[4026531836]". Empty: it cannot be read.
std::string namespace_of(pid_t pid, const std::string& kind);

}  // namespace jail::provision
