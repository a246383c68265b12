// SPDX-License-Identifier: Apache-2.0
#include "jailshell/info/processes.h"

#include <unistd.h>

#include <algorithm>

#include "jailshell/info/numbers.h"
#include "libjail/base/directory.h"
#include "libjail/base/files.h"

namespace jail::jailshell {
namespace {

// Fields of /proc/PID/stat behind the name, the state being the first.
constexpr std::size_t kParent = 1, kUser = 11, kSystem = 12, kThreads = 17, kStart = 19, kResident = 21;

std::string file_of(const ProcessState& process, const std::string& proc, const char* name) {
    return proc + "/" + std::to_string(process.pid) + "/" + name;
}

const ProcessState* find(const std::vector<ProcessState>& processes, pid_t pid) {
    const auto found = std::find_if(processes.begin(), processes.end(),
                                    [pid](const ProcessState& process) { return process.pid == pid; });
    return found == processes.end() ? nullptr : &*found;
}

bool begins_a_session(const ProcessState& process) {
    return process.parent == 0 && process.pid != 1;
}

}  // namespace

std::optional<ProcessState> parse_process_state(std::string_view line) {
    // The name is the account's: it may have spaces and parentheses.
    const std::size_t name = line.find(" ("), end = line.rfind(") ");
    if (name == std::string_view::npos || end == std::string_view::npos || end < name) return std::nullopt;
    const auto pid = number_in(line.substr(0, name));
    const std::vector<std::string_view> fields = words_of(line.substr(end + 2));
    if (!pid || fields.size() <= kResident) return std::nullopt;
    std::uint64_t values[kResident + 1] = {};
    for (const std::size_t field : {kParent, kUser, kSystem, kThreads, kStart, kResident}) {
        const auto value = number_in(fields[field]);
        if (!value) return std::nullopt;
        values[field] = *value;
    }
    return ProcessState{static_cast<pid_t>(*pid), static_cast<pid_t>(values[kParent]),
                        values[kThreads],         values[kUser] + values[kSystem],
                        values[kStart],           values[kResident]};
}

Result<std::vector<ProcessState>> list_processes(const std::string& proc) {
    std::vector<ProcessState> processes;
    for (const directory::Entry& entry : JAIL_TRY(directory::list(proc))) {
        if (!number_in(entry.name)) continue;
        const auto line = read_small_file(proc + "/" + entry.name + "/stat");
        const auto state = line ? parse_process_state(line.value()) : std::nullopt;
        if (state) processes.push_back(*state);
    }
    return processes;
}

std::uint64_t count_tasks(const std::vector<ProcessState>& processes) {
    std::uint64_t tasks = count_sessions(processes);
    for (const ProcessState& process : processes) tasks += process.threads;
    return tasks;
}

const ProcessState* session_of(const std::vector<ProcessState>& processes, pid_t pid) {
    const ProcessState* process = find(processes, pid);
    // At most one step a process: what is read one after the other need not be a tree.
    for (std::size_t step = 0; process != nullptr && step < processes.size(); ++step) {
        if (process->pid == 1) return nullptr;
        if (process->parent == 0) return process;
        process = find(processes, process->parent);
    }
    return nullptr;
}

std::uint64_t count_sessions(const std::vector<ProcessState>& processes) {
    return static_cast<std::uint64_t>(std::count_if(processes.begin(), processes.end(), begins_a_session));
}

std::uint64_t memory_of(const std::vector<ProcessState>& processes, const std::string& proc) {
    std::uint64_t bytes = 0;
    for (const ProcessState& process : processes) {
        const auto text = read_small_file(file_of(process, proc, "smaps_rollup"));
        const auto shared_out = text ? value_of(text.value(), "Pss:") : std::nullopt;
        bytes += shared_out ? *shared_out * 1024
                            : process.resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    }
    return bytes;
}

std::optional<std::uint64_t> most_open_files(const std::vector<ProcessState>& processes,
                                             const std::string& proc) {
    std::optional<std::uint64_t> most;
    for (const ProcessState& process : processes)
        if (const auto open = directory::list(file_of(process, proc, "fd")))
            most = std::max<std::uint64_t>(most.value_or(0), open.value().size());
    return most;
}

}  // namespace jail::jailshell
