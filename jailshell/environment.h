// SPDX-License-Identifier: Apache-2.0
// The environment of a session: built from an empty one. A variable that a client, sshd, PAM or the account's
// own files put into ours passes only if the policy, or the short list here, names it.
#pragma once

#include <string>
#include <vector>

#include "libjail/policy/manifest.h"

namespace jail::jailshell {

// "NAME=value" strings for execve(2). `inherited` is the environment that jailshell was started with.
std::vector<std::string> build_environment(const InstanceRecord& record, const char* const* inherited);

}  // namespace jail::jailshell
