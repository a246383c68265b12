// SPDX-License-Identifier: Apache-2.0
// The fork that puts a process of ours before a session's program: what relay() and wait_for_program() share.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail {

// Called by the waiting process with the program's wait status, before it exits.
struct WhenEnded {
    void (*tell)(const void* context, int wait_status) = nullptr;  // null: no report
    const void* context = nullptr;
};

struct SessionChild {
    pid_t pid = 0;            // 0: this is the child, where the rest is empty
    FileDescriptor signals;   // signalfd(2), of those that are blocked in the parent from before the fork on
    FileDescriptor lifeline;  // the parent's, for as long as it waits
};

// The child ends with its parent, by SIGKILL, and notices one that ended before it could ask for that. The
// parent has `watched` blocked, to be read from `signals`; SIGCHLD has to be among them.
Result<SessionChild> fork_session_child(const sigset_t& watched);

// Whether the child has ended, and how. Never waits; the kernel reports an end only once.
bool has_ended(pid_t child, int& wait_status);

// Ends this process as the child ended: by the same exit status, or the same signal and no second core.
[[noreturn]] void end_like(int wait_status);

}  // namespace jail
