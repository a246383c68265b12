// SPDX-License-Identifier: Apache-2.0
#include "supervisor/watch/session_processes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "libjail/base/directory.h"
#include "libjail/base/file_descriptor.h"
#include "libjail/base/files.h"
#include "libjail/base/live_processes.h"
#include "libjail/base/syscalls.h"

namespace jail::supervisor {
namespace {

constexpr unsigned kFirstTerminalMajor = 136;  // UNIX98_PTY_SLAVE_MAJOR, and seven more
constexpr unsigned kTerminalMajors = 8;

// As proc_pid_stat(5) has it in tty_nr. A terminal of the host's, which a relay inside may still have, has a
// number as well: it can be taken for the jail's terminal of that number, which is the same account's.
int terminal_number(unsigned device) {
    const unsigned major = device >> 8 & 0xfff;
    const unsigned minor = (device & 0xff) | (device >> 12 & 0xfff00);
    if (major < kFirstTerminalMajor || major >= kFirstTerminalMajor + kTerminalMajors) return -1;
    return static_cast<int>((major - kFirstTerminalMajor) * 256 + minor);
}

// 0: the process does not exist.
ino_t namespace_or_none(pid_t pid) {
    const auto number = pid_namespace_of(pid);
    return number ? number.value() : 0;
}

}  // namespace

std::optional<ProcessEntry> parse_process(const char* stat) {
    ProcessEntry entry;
    const char* name_end = std::strrchr(stat, ')');  // the name can hold anything, also blanks and brackets
    if (name_end == nullptr) return std::nullopt;
    unsigned terminal = 0;
    unsigned long long own[2] = {}, childrens[2] = {};
    const int fields =
        std::sscanf(name_end + 1, " %*c %d %*d %*d %u %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu",
                    &entry.parent, &terminal, &own[0], &own[1], &childrens[0], &childrens[1]);
    entry.process.pid = static_cast<pid_t>(std::strtol(stat, nullptr, 10));
    entry.process.terminal = terminal_number(terminal);
    entry.process.ticks = own[0] + own[1] + childrens[0] + childrens[1];
    return fields == 6 ? std::optional(entry) : std::nullopt;
}

Result<ProcessTable> ProcessTable::read() {
    ProcessTable table;
    for (const directory::Entry& entry : JAIL_TRY(directory::list("/proc")))
        if (entry.name[0] >= '1' && entry.name[0] <= '9') table.add(entry.name);
    table.sort();
    return table;
}

Result<ProcessTable> ProcessTable::read(const std::vector<pid_t>& pids) {
    ProcessTable table;
    for (const pid_t pid : pids) table.add(std::to_string(pid));
    table.sort();
    return table;
}

// Not one that has ended meanwhile.
void ProcessTable::add(const std::string& pid) {
    const auto line = read_small_file("/proc/" + pid + "/stat");
    const auto entry = line ? parse_process(line.value().c_str()) : std::nullopt;
    if (entry) entries_.push_back(*entry);
}

void ProcessTable::sort() {
    std::sort(entries_.begin(), entries_.end(),
              [](const ProcessEntry& one, const ProcessEntry& other) { return one.parent < other.parent; });
}

std::vector<SessionProcess> ProcessTable::descendants(pid_t opener, pid_t init) const {
    const ino_t jail = namespace_or_none(init);
    std::vector<SessionProcess> found;
    std::vector<pid_t> parents = {opener};
    // Each process has one parent, so this ends; the bound is for a table that was read while pids were
    // reused.
    for (std::size_t i = 0; i < parents.size() && i <= entries_.size(); ++i) {
        const auto before = [](const ProcessEntry& entry, pid_t parent) { return entry.parent < parent; };
        auto child = std::lower_bound(entries_.begin(), entries_.end(), parents[i], before);
        for (; child != entries_.end() && child->parent == parents[i]; ++child) {
            parents.push_back(child->process.pid);
            if (jail != 0 && namespace_or_none(child->process.pid) == jail) found.push_back(child->process);
        }
    }
    return found;
}

std::vector<SessionProcess> ProcessTable::orphans(const std::vector<pid_t>& openers, pid_t init) const {
    const ino_t jail = namespace_or_none(init);
    const auto opens = [&](pid_t pid) {
        return std::find(openers.begin(), openers.end(), pid) != openers.end();
    };
    std::vector<SessionProcess> found;
    for (const ProcessEntry& entry : entries_) {
        if (entry.process.pid == init || opens(entry.parent)) continue;
        if (jail == 0 || namespace_or_none(entry.process.pid) != jail) continue;
        // 0: a parent inside that has just ended; its child is PID 1's.
        const ino_t parents = namespace_or_none(entry.parent);
        if (parents != jail && parents != 0) found.push_back(entry.process);
    }
    return found;
}

bool is_inside(pid_t pid, pid_t init) {
    const ino_t jail = namespace_or_none(init);
    return jail != 0 && namespace_or_none(pid) == jail;
}

FileDescriptor open_root_inside(pid_t pid, pid_t init) {
    const std::string path = "/proc/" + std::to_string(pid);
    const FileDescriptor process(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    // In this order: the descriptor leads to no other process that has got the number meanwhile.
    if (!process || !is_inside(pid, init)) return {};
    return FileDescriptor(::openat(process.get(), "root", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

void signal_inside(pid_t pid, pid_t init, int signal) {
    const FileDescriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    // In this order: what the descriptor is for cannot change any more, and while it lives its pid means it.
    if (!process || pid == init || namespace_or_none(pid) != namespace_or_none(init)) return;
    (void)send_signal(process.get(), signal);  // ESRCH: it has ended by itself
}

}  // namespace jail::supervisor
