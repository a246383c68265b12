// The names that `syscalls: {allow, deny}` may hold: of groups (syscall_groups.h), and of single calls.
#pragma once

#include <string>
#include <vector>

#include "provision/base/diagnostics.h"

namespace jail::provision {

// In `deny`: all that is refused by default. It is so anyway; who writes it says so.
constexpr char kDefaultGroups[] = "default";

// Reports what no jail can be given, what no session can do without, contradictions, and names that are
// unknown.
void check_syscall_names(const std::vector<Located<std::string>>& allow,
                         const std::vector<Located<std::string>>& deny, Diagnostics& diagnostics);

// The names that `allow` may hold.
std::vector<std::string> allowable_names();

}  // namespace jail::provision
