// SPDX-License-Identifier: Apache-2.0
// The processes of the jail, as its own /proc shows them. PID 1 is one of them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libjail/base/result.h"

namespace jail::jailshell {

struct ProcessState {
    pid_t pid = 0;
    pid_t parent = 0;  // 0: outside
    std::uint64_t threads = 0;
    std::uint64_t cpu_ticks = 0;    // user and system
    std::uint64_t start_ticks = 0;  // since the machine's start
    std::uint64_t resident_pages = 0;
};

// A line of /proc/PID/stat (proc_pid_stat(5)); empty: it is not one.
std::optional<ProcessState> parse_process_state(std::string_view line);

// Those that end meanwhile are left out. `proc`: where it is, "/proc".
Result<std::vector<ProcessState>> list_processes(const std::string& proc);

// Tasks as the control group counts them: the threads, and for each process with a parent outside that
// parent, the door, which is in the group too.
std::uint64_t count_tasks(const std::vector<ProcessState>& processes);

// The first process inside of the session that `pid` is in: its ancestor with a parent outside. Null: its
// session has ended.
const ProcessState* session_of(const std::vector<ProcessState>& processes, pid_t pid);

// Each session has one such process while it lasts.
std::uint64_t count_sessions(const std::vector<ProcessState>& processes);

// Shared pages are counted once where the kernel tells, which it does for processes of the caller's session.
std::uint64_t memory_of(const std::vector<ProcessState>& processes, const std::string& proc);

// The most open files of one process among those that may be looked into.
std::optional<std::uint64_t> most_open_files(const std::vector<ProcessState>& processes,
                                             const std::string& proc);

}  // namespace jail::jailshell
