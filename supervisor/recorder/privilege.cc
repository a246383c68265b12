// SPDX-License-Identifier: Apache-2.0
#include "supervisor/recorder/privilege.h"

#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <iterator>

#include "libjail/confine/credentials.h"
#include "libjail/confine/landlock.h"
#include "libjail/confine/seccomp.h"
#include "supervisor/own_filters.h"

namespace jail::supervisor {

Result<> leave_privilege() {
    ::tzset();  // from a file: the times of forwarded messages are the host's
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return errno_error("prctl PR_SET_DUMPABLE");
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno_error("prctl PR_SET_NO_NEW_PRIVS");
    JAIL_TRY(credentials::verify_confined(::getuid()));
    JAIL_TRY(landlock::deny_files());
    JAIL_TRY(seccomp::load_filter(kRecorderFilter, std::size(kRecorderFilter)));
    return success();
}

}  // namespace jail::supervisor
