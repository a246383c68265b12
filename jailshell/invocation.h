// SPDX-License-Identifier: Apache-2.0
// How jailshell was called: only as sshd, su, login, cron and scp call a login shell. It does not have
// options that choose a jail, a file or a mode; of argv[0] only the leading '-' counts.
#pragma once

#include <optional>
#include <string>

#include "libjail/base/result.h"

namespace jail::jailshell {

struct Invocation {
    bool login = false;                  // argv[0] began with '-': the shell reads its profile
    std::optional<std::string> command;  // of -c; any bytes
};

// EINVAL: anything but `jailshell`, `-jailshell`, `jailshell -c COMMAND`, `jailshell -l [-c COMMAND]`.
Result<Invocation> parse_invocation(int argc, const char* const* argv);

}  // namespace jail::jailshell
