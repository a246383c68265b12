// SPDX-License-Identifier: Apache-2.0
// The files of the host that an application of PAM's holds for what it will start: cron's temporary file for
// a job's output, at's job and spool files. The application opens them before the session phase, and its
// child gets them as standard descriptors: in the jail they would be writable past each limit, and mappable
// as code, since they are on a file system without noexec.
#pragma once

#include <sys/types.h>

#include "libjail/base/result.h"

namespace jail::pam_jail {

// Puts a file of its own, of the same content, position and flags, in the place of each descriptor from 3 on
// of the calling process that is a regular file and is open for writing or is the account's. The new files
// are on a private tmpfs of kMostJobBytes, noexec; their pages are charged to the control group of the
// process that writes them. Left alone: a file that is open for appending alone, which is the application's
// own log (`sshd -E`) and cannot be mapped; and descriptors 0 to 2, which root redirects on purpose (`su -
// account > file`). The caller must not hold regular files of its own from 3 on. EFBIG: the content does not
// fit.
inline constexpr unsigned kMostJobBytes = 16u << 20;
Result<> replace_job_files(uid_t account);

}  // namespace jail::pam_jail
