// SPDX-License-Identifier: Apache-2.0
// The names that `syscalls: {allow, deny}` may hold: of groups (syscall_groups.h), and of single calls.
#pragma once

#include <string>
#include <vector>

#include "provision/base/diagnostics.h"

namespace jail::provision {

// In `deny`: all calls that are refused by default. It has no effect and only documents the default.
constexpr char kDefaultGroups[] = "default";

// Reports calls that a jail cannot get, calls that every session needs, contradictions, and unknown names.
void check_syscall_names(const std::vector<Located<std::string>>& allow,
                         const std::vector<Located<std::string>>& deny, Diagnostics& diagnostics);

// The names that `allow` may hold.
std::vector<std::string> allowable_names();

}  // namespace jail::provision
