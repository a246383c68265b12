// Part of the probe: what it tries in order to be what jailshell alone may become.
#pragma once

#include <string>
#include <vector>

namespace probe {

// PID: joins the user namespace of that process; prints ok or the error.
int join_user_namespace(const std::vector<std::string>& arguments);

// FILE ARG...: executes it under ptrace(2); prints how it ended.
int execute_traced(const std::vector<std::string>& arguments);

}  // namespace probe
