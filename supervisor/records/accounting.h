// The host's records of who is and was logged in: utmp, wtmp (utmp(5)), lastlog (lastlog(8)). A file that the
// host does not have is not made: then nobody there asks for it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "libjail/base/result.h"

namespace jail::supervisor::accounting {

struct Files {
    std::string utmp, wtmp, lastlog;
};
const Files& host_files();

struct Login {
    std::string line;  // ut_line: a terminal's name below /dev, or terminal_line()
    std::string account;
    uid_t uid = 0;
    std::string host;  // the peer: a name or an address
    pid_t pid = 0;     // whose end is the login's
};

// "pts/0@1001": terminal 0 of the instance of uid 1001. Every jail has a pts/0, and so has the host: a line
// that is one of the host's terminals would let write(1) and wall(1) write to somebody else's.
// "pts/0@1001.3" where session 3 has an instance of its own.
std::string terminal_line(unsigned index, uid_t uid, std::uint32_t session = 0);

// Each waits a quarter of a second at most for the holder of a lock on the file, which can be any account of
// the host: ETIMEDOUT.
Result<> write_utmp_login(const Login& login, const Files& files = host_files());
Result<> write_utmp_logout(const Login& login, const Files& files = host_files());
Result<> append_wtmp_login(const Login& login, const Files& files = host_files());
Result<> append_wtmp_logout(const Login& login, const Files& files = host_files());
Result<> write_lastlog(const Login& login, const Files& files = host_files());

// Logs out the terminals that killed supervisors left in utmp: all of this uid's, and those of others whose
// process is gone.
Result<> clear_stale(uid_t uid, const Files& files = host_files());

}  // namespace jail::supervisor::accounting
