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

// EINVAL: anything but `jailshell`, `-jailshell`, `jailshell -c COMMAND`, `jailshell -l [-c COMMAND]`,
// `jailshell --as-asked`.
Result<Invocation> parse_invocation(int argc, const char* const* argv);

// sshd's ForceCommand of `jail-provision sshd-config`, with which internal-sftp asks the policy too: the
// command that the client asked for (SSH_ORIGINAL_COMMAND, null: none, an interactive session) takes the
// place of this one. Its value can be the caller's own, who could as well have given it with -c.
inline constexpr char kAsAsked[] = "jailshell --as-asked";
Invocation as_asked(Invocation invocation, const char* original_command);

}  // namespace jail::jailshell
