#include "supervisor/session_limits.h"

#include <string>

namespace jail::session_limits {

// sshd's monitor, which joins, its child for the session, and the shell.
constexpr std::uint64_t kTasksOfALogin = 3;

Result<> may_open(const Manifest& manifest, std::uint32_t logins, const Cgroup& cgroup) {
    const Limits& limits = manifest.limits;
    const std::uint64_t tasks = kTasksOfALogin + (manifest.instance_per_session ? 1 : 0);  // its PID 1
    if (limits.sessions != 0 && logins >= limits.sessions)
        return Error(EUSERS, "open session,",
                     "this account has as many sessions open as it may (" + std::to_string(logins) +
                         "); end one of them first");
    if (limits.tasks != 0 && JAIL_TRY(cgroup.tasks_left()) < tasks)
        return Error(EUSERS, "open session,",
                     "this account runs as many processes as it may (" + std::to_string(limits.tasks) +
                         "); end some of them first");
    return success();
}

}  // namespace jail::session_limits
