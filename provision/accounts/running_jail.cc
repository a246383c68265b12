// SPDX-License-Identifier: Apache-2.0
#include "provision/accounts/running_jail.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "libjail/base/readable.h"
#include "libjail/base/syscalls.h"
#include "libjail/policy/frozen.h"
#include "libjail/session/client.h"
#include "provision/accounts/freezer.h"
#include "provision/base/problem.h"

namespace jail::provision {

namespace {

constexpr auto kPatience = 20s;

Result<> wait_for_end(int descriptor, const std::string& name) {
    if (JAIL_TRY(becomes_readable(descriptor, kPatience))) return success();
    return problem("the jail of " + name + " was killed, but its supervisor does not end; see ps ax");
}

std::optional<std::uint64_t> processes_of(const client::Lease& lease) {
    const auto processes = lease.cgroup.processes();
    if (!processes) return std::nullopt;
    return processes.value() - std::min<std::uint64_t>(processes.value(), lease.instances);
}

// When PID 1 ends, the kernel ends every process of the jail (pid_namespaces(7)); then the supervisor, which
// holds the other end of our lease, ends the instances of single sessions likewise and clears up. The
// reported number does not count an instance's PID 1.
Result<EndedJail> end_jail(const client::Lease& lease, const std::string& name) {
    EndedJail ended{lease.sessions, processes_of(lease)};
    if (send_signal(lease.init.get(), SIGKILL) != 0 && errno != ESRCH)
        return errno_error("kill PID 1 of the jail of", name);
    JAIL_TRY(wait_for_end(lease.connection.get(), name));
    return ended;
}

// A supervisor that does not answer: PID 1 ends with it. Its pid is right as long as its socket listens.
Result<EndedJail> end_supervisor(std::uint32_t uid, const std::string& name) {
    const FileDescriptor connection = JAIL_TRY(client::connect(uid));
    ucred listener = {};
    socklen_t size = sizeof listener;
    if (::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &listener, &size) != 0)
        return errno_error("getsockopt SO_PEERCRED");
    const FileDescriptor supervisor(static_cast<int>(::syscall(SYS_pidfd_open, listener.pid, 0)));
    if (!supervisor) return errno_error("pidfd_open");
    if (!is_readable(connection.get()) && send_signal(supervisor.get(), SIGKILL) != 0)
        return errno_error("kill the supervisor of", name);
    JAIL_TRY(wait_for_end(supervisor.get(), name));
    return EndedJail{};
}

bool nobody_listens(const Error& error) {
    return error.code() == ENOENT || error.code() == ECONNREFUSED || error.code() == ECONNRESET;
}

}  // namespace

Result<std::optional<EndedJail>> end_running_jail(std::uint32_t uid, const std::string& account) {
    const Layout layout;
    if (::access(frozen_path(uid).c_str(), F_OK) == 0)
        for (const RunningInstance& instance : running_instances(layout))
            if (instance.uid == uid && is_frozen(layout, instance)) kill_frozen(layout, instance);
    const auto lease = client::find_running(uid);
    if (lease) return std::optional(JAIL_TRY(end_jail(lease.value(), account)));
    if (nobody_listens(lease.error())) return std::optional<EndedJail>();
    // Its queue of connections is full, or it does not answer, or it has another version.
    const int code = lease.error().code();
    if (code == EAGAIN || code == ETIMEDOUT || code == EPROTONOSUPPORT)
        return std::optional(JAIL_TRY(end_supervisor(uid, account)));
    return lease.error();
}

Result<std::uint64_t> processes_in_jail(std::uint32_t uid) {
    const auto lease = client::find_running(uid);
    if (lease) return processes_of(lease.value()).value_or(0);
    return nobody_listens(lease.error()) ? Result<std::uint64_t>(0) : lease.error();
}

}  // namespace jail::provision
