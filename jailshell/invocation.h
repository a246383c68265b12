// How jailshell was called: as sshd, su, login, cron and scp call a login shell, and in no other way. There
// is no option that chooses a jail, a file or a mode; argv[0] means nothing but for its leading '-'.
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
