// SPDX-License-Identifier: Apache-2.0
#include "provision/host/account_processes.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "libjail/base/clock.h"
#include "libjail/base/file_descriptor.h"
#include "libjail/base/files.h"
#include "libjail/base/syscalls.h"
#include "provision/base/file_io.h"
#include "provision/base/problem.h"

namespace jail::provision {

namespace {

constexpr auto kPatience = 10s;
constexpr int kQuietRounds = 2;              // a look can miss a process that is just being made
constexpr std::size_t kMaxBytes = 1u << 20;  // "status" names each of up to 65536 groups

std::string proc(pid_t pid, const char* name) {
    return "/proc/" + std::to_string(pid) + "/" + name;
}

// Empty: it has ended. A process that cannot be read for another reason is an error: it must not count as
// absent.
Result<std::string> read_proc(pid_t pid, const char* name) {
    auto text = read_small_file(proc(pid, name), kMaxBytes);
    if (!text && (text.error().code() == ENOENT || text.error().code() == ESRCH)) return std::string();
    return text;
}

// The rest of the line that begins with the key.
std::optional<std::string_view> field(std::string_view status, std::string_view key) {
    for (std::size_t start = 0; start < status.size();) {
        const std::size_t end = std::min(status.find('\n', start), status.size());
        const std::string_view line = status.substr(start, end - start);
        if (line.starts_with(key)) return line.substr(key.size());
        start = end + 1;
    }
    return std::nullopt;
}

// If the first thread of a process has ended, the others may still run: then it is not a zombie.
bool is_zombie(std::string_view status) {
    const std::string_view state = field(status, "State:").value_or("");
    const long threads =
        std::strtol(std::string(field(status, "Threads:").value_or("")).c_str(), nullptr, 10);
    return state.find_first_of("ZX") == 1 && threads <= 1;
}

// Empty: it has ended.
Result<std::optional<ProcessTable::Row>> read_row(pid_t pid) {
    const std::string status = JAIL_TRY(read_proc(pid, "status"));
    const auto uids = field(status, "Uid:");
    const auto parent = field(status, "PPid:");
    if (!uids || !parent || is_zombie(status)) return std::optional<ProcessTable::Row>();
    ProcessTable::Row row;
    row.pid = pid;
    row.parent = static_cast<pid_t>(::strtol(std::string(*parent).c_str(), nullptr, 10));
    const std::string numbers(*uids);
    const char* at = numbers.c_str();
    for (std::uint32_t& uid : row.uids) {
        char* end = nullptr;
        uid = static_cast<std::uint32_t>(::strtoul(at, &end, 10));
        if (end == at) return Error(EBADMSG, "read", proc(pid, "status"));
        at = end;
    }
    std::string_view name = field(status, "Name:").value_or("");
    while (!name.empty() && (name.front() == '\t' || name.front() == ' ')) name.remove_prefix(1);
    row.name = printable(name);
    return std::optional(std::move(row));
}

bool has_uid(const ProcessTable::Row& row, std::uint32_t uid) {
    return std::find(std::begin(row.uids), std::end(row.uids), uid) != std::end(row.uids);
}

// Empty: it has ended meanwhile; of the mount namespace also where the first thread has.
std::string namespace_of(pid_t pid, const char* name) {
    char link[64] = {};
    return ::readlink(proc(pid, name).c_str(), link, sizeof link - 1) > 0 ? link : "";
}

bool is_supervisor_of(const ProcessTable::Row& row, std::uint32_t uid) {
    const auto roots = [](std::uint32_t one) { return one == 0; };
    if (row.name != "jail-supervisor" || !std::all_of(std::begin(row.uids), std::end(row.uids), roots))
        return false;
    const auto command = read_proc(row.pid, "cmdline");
    return command && command.value() == std::string("jail-supervisor") + '\0' + std::to_string(uid) + '\0';
}

AccountProcess as_account(const ProcessTable::Row& row, std::uint32_t uid) {
    const std::string unit = "/user@" + std::to_string(uid) + ".service/";
    const auto group = read_proc(row.pid, "cgroup");
    return {row.pid, row.name, row.uids[0] == uid, group && group.value().find(unit) != std::string::npos};
}

// Whether it was ours to end, and was sent the signal.
Result<bool> end(pid_t pid, std::uint32_t uid) {
    const FileDescriptor held(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!held && errno == ESRCH) return false;
    if (!held) return errno_error("pidfd_open", std::to_string(pid));
    // If the pid belongs to another process by now, the process of the descriptor has ended, and the signal
    // has no effect.
    const auto row = JAIL_TRY(read_row(pid));
    if (!row || row->uids[0] != uid) return false;
    if (send_signal(held.get(), SIGKILL) == 0) return true;
    return errno == ESRCH ? Result<bool>(false) : errno_error("end process", std::to_string(pid));
}

}  // namespace

Result<ProcessTable> ProcessTable::read() {
    ProcessTable table;
    for (const std::string& name : JAIL_TRY(read_names("/proc"))) {
        if (!std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c); })) continue;
        if (auto row = JAIL_TRY(read_row(static_cast<pid_t>(::strtol(name.c_str(), nullptr, 10)))))
            table.rows_.push_back(std::move(*row));
    }
    return table;
}

std::vector<AccountProcess> ProcessTable::of(std::uint32_t uid) const {
    std::vector<AccountProcess> found;
    for (const Row& row : rows_)
        if (has_uid(row, uid)) found.push_back(as_account(row, uid));
    return found;
}

// Each instance's PID 1 is a child of the account's supervisor, which is root's: an account cannot fake that.
std::vector<std::string> ProcessTable::jails_of(std::uint32_t uid) const {
    std::set<pid_t> supervisors;
    for (const Row& row : rows_)
        if (is_supervisor_of(row, uid)) supervisors.insert(row.pid);
    std::vector<std::string> jails;
    for (const Row& row : rows_)
        for (const char* name : {"ns/mnt", "ns/pid"}) {
            if (!supervisors.contains(row.parent)) continue;
            std::string jail = namespace_of(row.pid, name);
            if (!jail.empty() && jail != namespace_of(::getpid(), name)) jails.push_back(std::move(jail));
        }
    return jails;
}

std::vector<AccountProcess> ProcessTable::outside(std::uint32_t uid) const {
    std::vector<AccountProcess> found = of(uid);
    if (found.empty()) return found;
    const std::vector<std::string> jails = jails_of(uid);
    const auto is_jail = [&](const std::string& one) {
        return std::find(jails.begin(), jails.end(), one) != jails.end();
    };
    // A door that is setuid jailshell is in the jail's mount namespace alone; a process of the account's that
    // an administrator has entered with may be in its pid namespace alone.
    std::erase_if(found, [&](const AccountProcess& process) {
        const std::string own = namespace_of(process.pid, "ns/pid");
        return own.empty() || is_jail(own) || is_jail(namespace_of(process.pid, "ns/mnt"));
    });
    return found;
}

Result<std::size_t> end_processes(std::uint32_t uid, Whose whose) {
    if (uid == 0) return Error(EPERM, "end processes of", "root");
    std::set<pid_t> ended;
    std::vector<AccountProcess> left;
    const Time deadline = now() + kPatience;
    for (int quiet = 0; quiet < kQuietRounds;) {
        if (now() > deadline)
            return problem("uid " + std::to_string(uid) + ": after ten seconds there is still " +
                           name_of(left));
        const ProcessTable table = JAIL_TRY(ProcessTable::read());
        left = whose == Whose::kAll ? table.of(uid) : table.outside(uid);
        std::erase_if(left, [](const AccountProcess& one) { return !one.own; });
        quiet = left.empty() ? quiet + 1 : 0;
        for (const AccountProcess& process : left)
            if (JAIL_TRY(end(process.pid, uid))) ended.insert(process.pid);
        pause_for(5ms);
    }
    return ended.size();
}

std::string name_of(const std::vector<AccountProcess>& processes) {
    if (processes.empty()) return "processes";
    const AccountProcess& first = processes.front();
    std::string name = "process " + std::to_string(first.pid) + " (" + first.name + ")";
    if (processes.size() > 1) name += " and " + std::to_string(processes.size() - 1) + " more";
    return name;
}

}  // namespace jail::provision
