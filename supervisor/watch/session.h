// SPDX-License-Identifier: Apache-2.0
// A login, as the supervisor knows it. It lasts as long as some process holds the other end of its connection
// and its opener (sshd's monitor, su, jailshell) lives: a child that inherited the connection cannot keep it
// alone.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libjail/base/clock.h"
#include "libjail/base/file_descriptor.h"
#include "libjail/session/protocol.h"
#include "supervisor/instance/instance.h"
#include "supervisor/watch/session_watch.h"

namespace jail::supervisor {

// The state that OpenerWatch keeps of the process that opened a session.
struct OpenerState {
    bool set_back = false;   // its oom_score_adj
    bool continued = false;  // its child, which was stopped
    std::chrono::milliseconds pause = 0ms;
    Deadline look_at;
};

struct Session {
    // The first cause counts.
    void end_with(const char* cause) {
        if (!ended) end = cause;
        ended = true;
    }

    FileDescriptor connection;
    FileDescriptor opener;  // pidfd; empty until the request has come
    bool admitted = false;
    bool ended = false;
    bool administrator = false;  // jail-provision: limits do not count it
    bool question = false;       // only whether a session could open: never admitted

    std::optional<Instance> own;  // `instance: session`
    // With `user_namespace: fakeroot`: of its instance, until the listener of its system-call filter comes.
    FileDescriptor user_namespace;
    std::uint32_t number = 0;  // among the account's sessions with an instance of their own; 0: it is not one

    std::string id;        // in its events, by which open and close are matched
    std::string door;      // PAM service, or "jailshell"
    std::string terminal;  // PAM_TTY: foreign bytes, as the peer is
    std::string peer;      // PAM_RHOST
    pid_t opener_pid = 0;  // as the kernel reported it when the connection was made
    Time opened_at;
    std::optional<std::uint64_t> cpu_usec_before;     // of the instance
    dev_t devpts = 0;                                 // of its instance
    FileDescriptor terminal_changes;                  // changes are reported while it is open (file_watch.h)
    std::vector<unsigned> terminals;                  // of the jail, that sshd holds for it now
    std::string terminals_used;                       // as utmp names them, up to some
    const char* end = "";                             // the cause of its end
    std::optional<protocol::ProgramEnd> program_end;  // the last report
    WatchedSession watched;
    OpenerState opener_state;
    std::string logind;  // XDG_SESSION_ID, or empty
};

}  // namespace jail::supervisor
