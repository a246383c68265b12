// SPDX-License-Identifier: Apache-2.0
// The limits of a session's time: how long it may be idle, and how long it may last.
//
// A session with terminals is idle while its terminals are neither read nor written: the kernel notes both in
// the terminal's times, to 8 seconds (tty_update_time). A session without one is idle when its processes use
// no processor time worth mentioning; a connection that is only kept alive does not count.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libjail/base/clock.h"
#include "libjail/base/file_descriptor.h"
#include "libjail/policy/manifest.h"
#include "supervisor/watch/session_processes.h"

namespace jail::supervisor {

// The data of one watched session. Times are those of the supervisor's clock.
struct WatchedSession {
    pid_t opener = 0;  // 0: not watched
    pid_t init = 0;    // PID 1 of its instance
    Time opened_at;
    Time active_at;
    std::uint64_t ticks = 0;              // of processor time, when it was last active
    std::uint64_t terminal_times = 0;     // of all its terminals, when last looked at
    std::optional<Time> hung_up_at = {};  // when it was told to end
    bool over = false;  // its processes were killed: whatever holds its connection, it does not count
};

class SessionWatch {
public:
    // Without limits, and while no session is terminated, it is idle.
    SessionWatch(const Limits& limits, std::string account);

    // When look() has something to do.
    Deadline due() const { return next_; }

    // Ends a session that the host has ended. The rest is look()'s.
    void terminate(WatchedSession& session, Time now);

    // Notes the activity of the sessions, and ends those that have used up their time.
    // `frozen`: they can do nothing (jail-provision freeze), and so are not idle, and are not ended.
    void look(const std::vector<WatchedSession*>& sessions, Time now, bool frozen = false);

private:
    void review(WatchedSession& session, const std::vector<SessionProcess>& processes, Time now);
    void end(const WatchedSession& session, const std::vector<SessionProcess>& processes,
             const std::string& why);
    Time next_look(const WatchedSession& session, Time now) const;

    std::chrono::milliseconds idle_;
    std::chrono::milliseconds session_;
    std::string account_;
    Deadline next_;
};

}  // namespace jail::supervisor
