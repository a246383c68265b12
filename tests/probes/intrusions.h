// SPDX-License-Identifier: Apache-2.0
// Part of the probe: what it tries in order to be what jailshell alone may become.
#pragma once

#include <string>
#include <vector>

namespace probe {

// PID: joins the user namespace of that process; prints ok or the error.
int join_user_namespace(const std::vector<std::string>& arguments);

// FILE ARG...: executes it under ptrace(2); prints how it ended.
int execute_traced(const std::vector<std::string>& arguments);

// FILE, of jailshell: executes it, writes into it while it says something, what has it join a user namespace;
// prints whether that could be written, and which capabilities it has afterwards. x86-64.
int execute_rewritten(const std::vector<std::string>& arguments);

// FILE ARG...: executes it under a system-call filter of its own, which says that capabilities were given up.
int execute_deceived(const std::vector<std::string>& arguments);

}  // namespace probe
