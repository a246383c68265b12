// SPDX-License-Identifier: Apache-2.0
// The system calls that a jail's processes are refused, compiled to BPF. Default allow: a jail is held by its
// namespaces, capabilities and mounts; the filter takes away the kernel's rarely used, often broken corners.
#pragma once

#include <string>
#include <vector>

#include "libjail/base/result.h"

namespace jail::provision {

// Names of groups and of calls, checked (syscall_names.h).
struct SyscallPolicy {
    std::vector<std::string> allow;
    std::vector<std::string> deny;
};

// An array of struct sock_filter for the machine that this runs on. The name of a call takes precedence over
// the name of its group. Unless `home_exec`, memory cannot be executed as a file either. With `fakeroot`
// setns(2) into a user namespace is left to the supervisor (libjail/confine/fakeroot.h), and ptrace(2) is
// refused, whatever the policy says of them.
Result<std::string> compile_seccomp_filter(const SyscallPolicy& policy, bool home_exec,
                                           bool fakeroot = false);

}  // namespace jail::provision
