// SPDX-License-Identifier: Apache-2.0
// How pam_jail starts jail-terminal (supervisor/terminal), and what that answers. The program's one argument
// is the terminal's name below /dev, "tty1" or "pts/3"; it answers with one message, or with kCovered and one
// more, and ends.
#pragma once

namespace jail::terminal_program {

// Its descriptors: the socket for the answer (SOCK_SEQPACKET, protocol.h), PID 1 of the jail (pidfd), and
// the terminal (O_PATH), found under its name in the program's own mount namespace. 1 and 2 are /dev/null.
inline constexpr int kAnswer = 0, kInit = 3, kTerminal = 4;
inline constexpr int kDescriptors = 5;

// With the mount namespace to enter as its descriptor.
inline constexpr char kMounts[] = "mounts";
// With the jail's terminal whose name this one takes: to be kept open, since the name would go with it.
inline constexpr char kCovered[] = "covered";
// The jail keeps its mounts as they are: it has a device of that name, or no terminal of that number.
inline constexpr char kNothing[] = "nothing";
// Anything else is the reason why it failed.

}  // namespace jail::terminal_program
