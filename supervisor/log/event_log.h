// SPDX-License-Identifier: Apache-2.0
// Events of the instance. Each becomes a report to the recorder, a process without privilege that words it
// and writes it (supervisor/recorder). No report holds anything up. Events that an
// account can cause without end pass a token bucket here, or in the recorder, and the log says how many were
// kept back.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "libjail/base/clock.h"
#include "supervisor/base/token_bucket.h"
#include "supervisor/instance/plan.h"
#include "supervisor/log/recorder_process.h"
#include "supervisor/reports/report.h"
#include "supervisor/watch/session.h"
#include "supervisor/watch/usage.h"

namespace jail::supervisor {

class EventLog {
public:
    // `inbox`, `dev_log`: the sockets of the jail that the recorder reads.
    EventLog(const InstancePlan& plan, FileDescriptor inbox, FileDescriptor dev_log);

    void instance_started(pid_t init);
    // An instance that has to do without something of its policy: a line of Instance::notes().
    void left_out(const std::string& what);
    void instance_stopped(const std::string& cause, std::chrono::milliseconds uptime, const Usage& usage);
    void session_opened(const Session& session);
    void session_closed(const Session& session, const Usage& usage);
    // A door was turned away because of a limit of the account's own, "sessions" or "tasks", or "locked". The
    // id of the session that did not open is the event's, and the person was told it.
    void limit_denied(const Session& session, const std::string& cause, const char* limit);
    // A door was turned away for another reason. The door reports the denial itself, under the id that
    // the person was told.
    void session_refused(const std::string& why);
    // `limit`: "memory", "oom_kill", "tasks", "mail".
    void limit_hit(const char* limit, std::uint64_t times);
    // Whether one more mail of the jail's may go to the host's sendmail. The first that may not is a
    // limit_hit.
    bool may_mail();

    // For utmp, wtmp, lastlog (supervisor/records): a terminal of the jail, or with `line` one of the host.
    void terminal_login(const Session& session, const std::string& line);
    void host_login(const Session& session, const std::string& line);
    void logout(const Session& session, const std::string& line);
    void clear_stale_logins();

    // Errors that belong to no event: our own troubles, which go to syslog from here.
    static void trouble(const std::string& what);

    // For the account's next supervisor: the mails that this one has let pass count there too.
    void keep_rates();

    RecorderProcess& recorder() { return recorder_; }

private:
    void send(Report report);
    void login_record(ReportKind kind, const Session& session, const std::string& line);

    uid_t uid_;
    std::uint64_t sessions_ = 0;  // opened so far
    TokenBucket of_events_;
    TokenBucket of_mail_;
    bool mail_refused_ = false;  // since the last one that might go
    RecorderProcess recorder_;
};

}  // namespace jail::supervisor
