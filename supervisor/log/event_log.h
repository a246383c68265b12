// The reports of one running instance: to syslog, authpriv, a line for people; to <log>/audit.jsonl an
// object for programs (audit_log.h). Here, and nowhere else in the supervisor, both are worded. Events that
// an account can cause at will pass a token bucket, and the log says how much that kept back.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "libjail/base/clock.h"
#include "libjail/events/event.h"
#include "libjail/session/denial.h"
#include "supervisor/instance/plan.h"
#include "supervisor/log/token_bucket.h"
#include "supervisor/watch/session.h"
#include "supervisor/watch/usage.h"

namespace jail::supervisor {

class EventLog {
public:
    explicit EventLog(const InstancePlan& plan);

    void instance_started(pid_t init);
    // An instance that has to do without something of its policy: a line of Instance::notes().
    void left_out(const std::string& what);
    void instance_stopped(const std::string& cause, std::chrono::milliseconds uptime, const Usage& usage);
    void session_opened(const Session& session);
    void session_closed(const Session& session, const Usage& usage);
    // A door was turned away because of a limit of the account's own, "sessions" or "tasks". The id of the
    // session that did not open is the event's, and the person was told it.
    void limit_denied(const Session& session, const std::string& cause, const char* limit);
    // A door was turned away for another reason. The door reports the denial itself, under the id that
    // the person was told.
    void session_refused(const std::string& why);
    // A message of one of the account's processes, which should be jailshell. Anything but a denial is logged
    // as trouble.
    void denied_inside(const Result<Denial>& said);
    // `limit`: "memory", "oom_kill", "tasks", "mail".
    void limit_hit(const char* limit, std::uint64_t times);
    // Whether one more mail of the jail's may go to the host's sendmail. The first that may not is a
    // limit_hit.
    bool may_mail();
    // Errors that belong to no event: our own troubles.
    void trouble(const std::string& what);

    // For the account's next supervisor: what this one has recorded counts there too.
    void keep_rates();

    // Reports what was kept back, if anything was and it is time to. When to call it:
    void tick(Time now);
    Deadline due() const { return tell_suppressed_at_; }

private:
    Event event(const char* kind) const;
    bool take(TokenBucket& bucket);
    void write(const Event& event, int priority, const std::string& line);
    void record(const Event& event, int priority, const std::string& line);

    std::string account_, jail_;
    std::uint32_t uid_;
    std::uint64_t generation_;
    std::uint64_t sessions_ = 0;  // opened so far
    TokenBucket bucket_;
    // Events that an account can cause without end have buckets of their own, so that they do not suppress
    // others, such as the account's own logins.
    TokenBucket of_inside_;
    TokenBucket of_limits_;
    TokenBucket of_mail_;
    bool mail_refused_ = false;  // since the last one that might go
    Deadline tell_suppressed_at_;
    bool lost_ = false;  // the last event could not be written; said once
};

}  // namespace jail::supervisor
