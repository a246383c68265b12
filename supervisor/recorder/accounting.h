// SPDX-License-Identifier: Apache-2.0
// The host's login records: utmp, wtmp (utmp(5)), lastlog (lastlog(8)), written by descriptors that the
// supervisor has opened: libc's own functions open the files by name, which this process may not. An empty
// descriptor, or /dev/null, stands for a file that the host does not have: then the host does not use it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::supervisor::accounting {

struct Files {
    FileDescriptor utmp, wtmp, lastlog;
};

struct Login {
    std::string line;  // ut_line: a terminal's name below /dev, or terminal_line()
    std::string account;
    uid_t uid = 0;
    std::string host;  // the peer: a name or an address
    pid_t pid = 0;     // the login ends with it
};

// Each waits a quarter of a second at most for the holder of a lock on the file, which can be any account of
// the host: ETIMEDOUT.
Result<> write_utmp_login(const Login& login, const Files& files);
Result<> write_utmp_logout(const Login& login, const Files& files);
Result<> append_wtmp_login(const Login& login, const Files& files);
Result<> append_wtmp_logout(const Login& login, const Files& files);
Result<> write_lastlog(const Login& login, const Files& files);

// Logs out the terminals that killed supervisors left in utmp: all of this uid's, and those of other uids if
// their process is gone.
Result<> clear_stale(uid_t uid, const Files& files);

}  // namespace jail::supervisor::accounting
