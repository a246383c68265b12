// SPDX-License-Identifier: Apache-2.0
// The terminal that login(1) was started on, in the session's jail: login of util-linux (Debian 13) opens it
// anew, by the host's name for it, after PAM has opened the session. jail-terminal, a program of its own,
// makes the mounts that this needs.
#pragma once

#include <string>
#include <string_view>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::pam_jail {

class LoginTerminal {
public:
    // On the host, before the jail is entered: finds the terminal of descriptor 0, and has jail-terminal make
    // a copy of the mount namespace of PID 1 (pidfd), in which the terminal has its name, for root alone.
    // Empty for a PAM service that is not login's, where descriptor 0 is no terminal with a name below /dev,
    // and where the jail has a device of that name or may not have a terminal of that number.
    static Result<LoginTerminal> prepare(std::string_view service, int init);

    // In the jail's namespaces, with root's rights over the host's: moves the calling, single-threaded
    // process into that copy. EPERM: the name does not lead to descriptor 0's terminal there.
    Result<> enter();

private:
    std::string path_;
    FileDescriptor mounts_;   // the namespace, until enter(); empty: there is nothing to enter
    FileDescriptor covered_;  // kept as long as the application runs (terminal_program.h)
};

}  // namespace jail::pam_jail
