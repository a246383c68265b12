// SPDX-License-Identifier: Apache-2.0
// The administrator's terminal in a jail, also where the account has taken all that the jail has, or all
// accounts together all that the host has for them.
#pragma once

#include "libjail/session/relay.h"

namespace jail::provision {

class ReservedTerminal {
public:
    // On the host, before the jail is entered: makes a devpts of its own when one of descriptors 0-2 is a
    // terminal. One that is made in the host's first mount namespace may use the terminals that the kernel
    // keeps back (kernel.pty.reserve); those of jails are made elsewhere, and may not.
    static ReservedTerminal prepare();

    // In the jail's namespaces, with root's rights over the host's: takes a terminal of the jail's. If all of
    // them are in use (ENOSPC), the devpts is put over /dev/pts, in a copy of the jail's mount namespace
    // which only the calling process and its children are in, and the terminal comes from there: tty(1) finds
    // it. Does not take one if no descriptor was a terminal.
    Result<> take();

    // For relay().
    Terminal release() { return std::move(terminal_); }

private:
    bool wanted_ = false;
    FileDescriptor devpts_;  // a detached mount; empty if the host could not make it
    Terminal terminal_;
};

}  // namespace jail::provision
