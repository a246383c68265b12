// The system calls that a jail's processes are refused, compiled to BPF. Default allow: a jail is held by its
// namespaces, capabilities and mounts; the filter takes away the kernel's rarely used, often broken corners.
#pragma once

#include <string>
#include <vector>

#include "libjail/result.h"
#include "provision/diagnostics.h"

namespace jail::provision {

// An array of struct sock_filter for the machine that this runs on. `allow` names groups of the table that
// the policy gives back (`syscalls: {allow: [ptrace]}`). Unless `home_exec`, memory cannot be executed as a
// file either.
Result<std::string> compile_seccomp_filter(const std::vector<std::string>& allow, bool home_exec);

// Names that `allow` cannot hold are reported.
void check_syscall_names(const std::vector<Located<std::string>>& names, Diagnostics& diagnostics);

}  // namespace jail::provision
