// SPDX-License-Identifier: Apache-2.0
#include "supervisor/session_limits.h"

#include <string>

#include "libjail/policy/terminal_limits.h"

namespace jail::supervisor::session_limits {
namespace {

// sshd's monitor, which joins, its child for the session, and the shell.
constexpr std::uint64_t kTasksOfALogin = 3;

// Empty: both fit.
std::string sentence_of_sessions(const Manifest& manifest, const Open& open) {
    const std::uint32_t sessions = manifest.limits.sessions;
    const std::uint32_t instances = terminal_limits::most_instances(manifest);
    if (sessions != 0 && open.logins >= sessions)
        return "this account has as many sessions open as it may (" + std::to_string(open.logins) +
               "); end one of them first";
    if (instances != 0 && open.instances >= instances)
        return "this account has as many sessions open, or left running, as it may (" +
               std::to_string(open.instances) + "); end one of them first";
    return {};
}

}  // namespace

bool sessions_are_met(const Manifest& manifest, const Open& open) {
    return !sentence_of_sessions(manifest, open).empty();
}

Result<> may_open(const Manifest& manifest, const Open& open, const Cgroup& cgroup) {
    const Limits& limits = manifest.limits;
    const std::uint64_t tasks = kTasksOfALogin + (manifest.instance_per_session ? 1 : 0);  // its PID 1
    if (sessions_are_met(manifest, open)) return refused(EUSERS, sentence_of_sessions(manifest, open));
    if (limits.tasks != 0 && JAIL_TRY(cgroup.tasks_left()) < tasks)
        return refused(EUSERS, "this account runs as many processes as it may (" +
                                   std::to_string(limits.tasks) + "); end some of them first");
    return success();
}

}  // namespace jail::supervisor::session_limits
