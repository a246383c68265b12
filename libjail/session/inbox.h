// SPDX-License-Identifier: Apache-2.0
// From inside a jail to the account's supervisor: a socket for datagrams that PID 1 bound into the jail.
// Messages of jailshell there: denial.h, session_end.h. Any process of the account can write there as well,
// so that what arrives is worth as much as the account's word.
#pragma once

#include <string>
#include <string_view>

#include "libjail/base/result.h"
#include "libjail/policy/jail_paths.h"

namespace jail {

// ENOENT, ECONNREFUSED: no supervisor listens here. EAGAIN: it has enough to read, and had for that long; 0
// never waits. Plain milliseconds: <chrono> of Debian 12 does not compile with musl, which jailshell links.
Result<> send_to_inbox(std::string_view bytes, int patience_ms, const std::string& path = kInbox);

}  // namespace jail
