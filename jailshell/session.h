// Inside the jail, as the account: verify that we are, choose what the policy allows, become it.
#pragma once

#include "jailshell/invocation.h"
#include "libjail/manifest.h"
#include "libjail/result.h"

namespace jailshell {

// Verifies the confinement that the door applied, builds the environment, goes home, then execve(2): returns
// only on failure.
jail::Error run_session(const jail::InstanceRecord& record, const Invocation& invocation,
                        const char* const* inherited);

}  // namespace jailshell
