// SPDX-License-Identifier: Apache-2.0
// The name that utmp has for a terminal of a jail.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace jail::supervisor {

// "pts/0@1001": terminal 0 of the instance of uid 1001. Every jail has a pts/0, and so has the host: a line
// that is one of the host's terminals would let write(1) and wall(1) write to somebody else's.
// "pts/0@1001.3" where session 3 has an instance of its own.
std::string terminal_line(unsigned index, uid_t uid, std::uint32_t session = 0);

// The digits of the uid in a terminal_line(); empty: `line` is not one.
std::string_view owner_of(std::string_view line);

}  // namespace jail::supervisor
