// SPDX-License-Identifier: Apache-2.0
// The processes of root's that opened sessions (sshd's monitor, su), and the sessions' own first processes,
// as far as an account inside can do something to them: have one ended for lack of memory, or stop sshd's,
// which alone notices that the client is gone.
#pragma once

#include <vector>

#include "libjail/base/clock.h"
#include "libjail/confine/cgroup.h"
#include "supervisor/log/event_log.h"
#include "supervisor/watch/session.h"

namespace jail::supervisor {

class OpenerWatch {
public:
    // An opener that has a child inside gets back the oom_score_adj of a process of root's, 0: the child
    // keeps the session's (client.h). login has one outside before that (terminal_program.h). A child of
    // sshd's that is stopped is continued once, and ended when it is stopped again.
    void look(std::vector<Session>& sessions, Time now, EventLog& log);

    Deadline due() const { return due_; }

private:
    Deadline due_;
};

// Whether the process behind this pidfd has ended, or does so within a moment: the lease of one that is
// killed closes just before.
bool has_ended_by_now(const FileDescriptor& process);

// Ends the processes that an ended opener has left in the jail: those with a parent that is neither inside
// nor the opener of another session (sshd's orphan is the host's), and their descendants. Processes that a
// session left to PID 1 of the jail are not among them. `cgroup` is the account's, `init` is PID 1 of the
// jail.
void end_orphans(const std::vector<Session>& sessions, const Cgroup& cgroup, pid_t init, EventLog& log);

}  // namespace jail::supervisor
