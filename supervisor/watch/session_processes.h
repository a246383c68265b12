// SPDX-License-Identifier: Apache-2.0
// The processes of a session, as the host's /proc shows them: those that descend from its opener (sshd's
// monitor, su, jailshell) and are in the jail. Processes that have detached itself from its session is not
// among them; it ends with the last session.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::supervisor {

struct SessionProcess {
    pid_t pid = 0;
    int terminal = -1;  // the number below /dev/pts of its controlling terminal; -1: none
    std::uint64_t ticks =
        0;  // of processor time, children that ended included (sysconf(_SC_CLK_TCK) a second)
};

// A line of proc_pid_stat(5). nullopt: it is not one.
struct ProcessEntry {
    SessionProcess process;
    pid_t parent = 0;
};
std::optional<ProcessEntry> parse_process(const char* stat);

// All processes of this moment.
class ProcessTable {
public:
    static Result<ProcessTable> read();
    // Those of them alone that have these numbers.
    static Result<ProcessTable> read(const std::vector<pid_t>& pids);

    // Processes of the pid namespace of `init` that descend from `opener`.
    std::vector<SessionProcess> descendants(pid_t opener, pid_t init) const;

    // Processes of the pid namespace of `init`, without `init`, with a parent that is neither in it nor one
    // of these.
    std::vector<SessionProcess> orphans(const std::vector<pid_t>& openers, pid_t init) const;

private:
    void add(const std::string& pid);
    void sort();  // by parents
    std::vector<ProcessEntry> entries_;
};

// Whether this process is in the pid namespace of `init`.
bool is_inside(pid_t pid, pid_t init);

// The root directory of such a process, O_PATH; empty for one that is not inside, or not any more.
FileDescriptor open_root_inside(pid_t pid, pid_t init);

// Sends a signal to a process of the jail with PID 1 `init`, but not to a process outside that has got the
// pid by now.
void signal_inside(pid_t pid, pid_t init, int signal);

}  // namespace jail::supervisor
