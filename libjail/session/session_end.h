// SPDX-License-Identifier: Apache-2.0
// How the program of a session ended, reported by a process of ours that waited for it inside the jail and
// does not hold a lease (protocol.h): a datagram to the supervisor's inbox. An exit status is the account's
// own word, by whatever way it comes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libjail/session/inbox.h"
#include "libjail/session/protocol.h"

namespace jail {

// The variable by which pam_jail gives the session's id (event.h) to jailshell, which does not pass it on to
// programs. (A program that a door starts without jailshell gets it: it is not secret.)
inline constexpr char kSessionVariable[] = "JAIL_SESSION";

struct SessionEnd {
    std::string session;
    protocol::ProgramEnd program;
};

// '=', the id, and protocol::encode_end(). The '=' distinguishes it from a denial, which never begins so.
std::string encode_session_end(std::string_view session, int wait_status);
std::optional<SessionEnd> decode_session_end(std::string_view bytes);  // nullopt: it is not one

// Waits a second at most for room.
Result<> send_session_end(std::string_view session, int wait_status, const std::string& path = kInbox);

}  // namespace jail
