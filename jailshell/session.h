// Inside the jail, as the account: verify where we are, apply the policy, become the real shell or command.
#pragma once

#include "jailshell/invocation.h"
#include "libjail/manifest.h"
#include "libjail/result.h"

namespace jailshell {

inline constexpr char kInstanceRecord[] = "/etc/jail/instance";

// The record of the instance that this process is in. ENOENT: it is in none.
jail::Result<jail::InstanceRecord> load_instance();

// Applies umask, resource limits, environment and seccomp, then execve(2): returns only on failure.
jail::Error run_session(const jail::InstanceRecord& record, const Invocation& invocation,
                        const char* const* inherited);

}  // namespace jailshell
