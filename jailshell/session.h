// SPDX-License-Identifier: Apache-2.0
// Inside the jail, as the account: verify that we are, choose what the policy allows, become it.
#pragma once

#include "jailshell/invocation.h"
#include "libjail/base/result.h"
#include "libjail/policy/manifest.h"

namespace jail::jailshell {

// Verifies the confinement that the door applied, builds the environment, goes home, then execve(2): returns
// only on failure.
Error run_session(const InstanceRecord& record, const Invocation& invocation, const char* const* inherited);

}  // namespace jail::jailshell
