// SPDX-License-Identifier: Apache-2.0
#include "jailshell/invocation.h"

#include <string_view>

namespace jail::jailshell {

Result<Invocation> parse_invocation(int argc, const char* const* argv) {
    Invocation invocation;
    if (argc < 1 || argv == nullptr || argv[0] == nullptr)
        return invocation;  // execve with no argv: as without arguments
    invocation.login = argv[0][0] == '-';
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "-l" || argument == "--login") {
            invocation.login = true;
        } else if (argument == "--as-asked" && argc == 2) {  // by a login shell that is another program
            invocation.command = kAsAsked;
        } else if (argument == "-c" && i + 1 < argc) {
            invocation.command = argv[++i];
            if (i + 1 < argc) return refused(EINVAL, "there is something after the command of -c");
        } else {
            return refused(EINVAL, "usage: jailshell [-l] [-c COMMAND]");
        }
    }
    return invocation;
}

Invocation as_asked(Invocation invocation, const char* original_command) {
    if (invocation.command != kAsAsked) return invocation;
    invocation.command.reset();
    if (original_command != nullptr)
        invocation.command = original_command;
    else
        invocation.login = true;  // as sshd starts a shell where no command is forced
    return invocation;
}

}  // namespace jail::jailshell
