// Ends running jails at once: the administrator's answer to whatever an account runs.
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "libjail/client.h"
#include "libjail/syscalls.h"
#include "provision/commands/report.h"
#include "provision/jailed_account.h"
#include "provision/problem.h"

namespace jail::provision {

namespace {

constexpr int kPatienceMs = 20'000;

struct Ended {
    std::optional<std::uint32_t> sessions;  // empty: it did not say
    std::optional<std::uint64_t> processes;
};

Result<> wait_for_end(int descriptor, const std::string& name) {
    pollfd waiting = {descriptor, POLLIN, 0};
    int ready;
    do ready = ::poll(&waiting, 1, kPatienceMs);
    while (ready < 0 && errno == EINTR);
    if (ready > 0) return success();
    return problem("the jail of " + name + " was killed, but its supervisor does not end; see ps ax");
}

// PID 1 takes every process of the jail along, by the kernel's rule (pid_namespaces(7)); then the supervisor,
// who holds the other end of our lease, ends those of single sessions likewise and clears up. An instance's
// PID 1 is none of the processes that are told of.
Result<Ended> end_jail(const client::Lease& lease, const std::string& name) {
    Ended ended{lease.sessions, std::nullopt};
    if (const auto processes = lease.cgroup.processes())
        ended.processes = processes.value() - std::min<std::uint64_t>(processes.value(), lease.instances);
    if (send_signal(lease.init.get(), SIGKILL) != 0 && errno != ESRCH)
        return errno_error("kill PID 1 of the jail of", name);
    JAIL_TRY(wait_for_end(lease.connection.get(), name));
    return ended;
}

// A supervisor that does not answer: PID 1 ends with it. Its pid is right as long as its socket listens.
Result<Ended> end_supervisor(std::uint32_t uid, const std::string& name) {
    const FileDescriptor connection = JAIL_TRY(client::connect(uid));
    ucred listener = {};
    socklen_t size = sizeof listener;
    if (::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &listener, &size) != 0)
        return errno_error("getsockopt SO_PEERCRED");
    const FileDescriptor supervisor(static_cast<int>(::syscall(SYS_pidfd_open, listener.pid, 0)));
    if (!supervisor) return errno_error("pidfd_open");
    pollfd still = {connection.get(), POLLIN, 0};
    if (::poll(&still, 1, 0) == 0 && send_signal(supervisor.get(), SIGKILL) != 0)
        return errno_error("kill the supervisor of", name);
    JAIL_TRY(wait_for_end(supervisor.get(), name));
    return Ended{};
}

// Empty: nothing ran.
Result<std::optional<Ended>> kill_jail(const std::string& name) {
    const std::uint32_t uid = JAIL_TRY(find_jailed_account(name));
    const auto lease = client::find_running(uid);
    if (lease) return std::optional(JAIL_TRY(end_jail(lease.value(), name)));
    switch (lease.error().code()) {
        case ENOENT:
        case ECONNREFUSED:
        case ECONNRESET:
            return std::optional<Ended>();
        case EAGAIN:     // its queue of connections is full
        case ETIMEDOUT:  // or it says nothing
            return std::optional(JAIL_TRY(end_supervisor(uid, name)));
        default:
            return lease.error();
    }
}

nlohmann::json as_json(const std::string& name, const std::optional<Ended>& ended) {
    nlohmann::json row = {{"account", name}, {"ended", ended.has_value()}};
    if (ended && ended->sessions) row["sessions"] = *ended->sessions;
    if (ended && ended->processes) row["processes"] = *ended->processes;
    return row;
}

void print(const std::string& name, const std::optional<Ended>& ended) {
    if (!ended)
        std::printf("%s: no jail runs\n", name.c_str());
    else if (!ended->sessions || !ended->processes)
        std::printf("%s: ended its jail\n", name.c_str());
    else
        std::printf("%s: ended its jail, sessions: %u, processes: %llu\n", name.c_str(), *ended->sessions,
                    static_cast<unsigned long long>(*ended->processes));
}

}  // namespace

int kill_command(const CommonOptions& common, const std::vector<std::string>& accounts) {
    int status = 0;
    nlohmann::json rows = nlohmann::json::array();
    for (const std::string& name : accounts) {
        const auto ended = kill_jail(name);
        if (!ended)
            status = fail(ended.error());
        else if (common.json)
            rows.push_back(as_json(name, ended.value()));
        else
            print(name, ended.value());
    }
    if (common.json) print_json(rows);
    return status;
}

}  // namespace jail::provision
