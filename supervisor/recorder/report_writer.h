// SPDX-License-Identifier: Apache-2.0
// Words what happened to a running instance and writes it: to the journal or syslog, authpriv, a line for
// people; to the audit log an object for programs (audit_log.h). Events that an account can cause at will
// pass a token bucket, and the log says how much that kept back.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "libjail/base/clock.h"
#include "libjail/base/file_descriptor.h"
#include "libjail/events/event.h"
#include "libjail/session/denial.h"
#include "supervisor/base/token_bucket.h"
#include "supervisor/recorder/accounting.h"
#include "supervisor/reports/report.h"

namespace jail::supervisor {

// The instance that this recorder serves.
struct Subject {
    std::string account;
    uid_t uid = 0;
    std::string jail;
    std::uint64_t generation = 0;
};

class ReportWriter {
public:
    // `rates`: kept_rates.h.
    ReportWriter(Subject subject, FileDescriptor audit_log, accounting::Files files, FileDescriptor rates);

    void write(const Report& report);
    // A message of one of the account's processes, which should be jailshell. Anything but a denial is logged
    // as trouble.
    void denied_inside(const Result<Denial>& said);
    // Errors that belong to no event: our own troubles.
    static void trouble(const std::string& what);

    // Whether the audit log is to be opened anew, which the supervisor does: it was removed, or is full.
    bool wants_log_anew() const;

    // Reports what was kept back, if anything was and it is time to. When to call it:
    void tick(Time now);
    Deadline due() const { return tell_suppressed_at_; }
    // Reports suppressed events at once, and keeps the state of the buckets.
    void finish();

private:
    Event event(const char* kind) const;
    bool take(TokenBucket& bucket);
    void tell_suppressed_soon();
    void append(const Event& event, int priority, const std::string& line);
    void instance_started(const Report& report);
    void instance_stopped(const Report& report);
    void left_out(const Report& report);
    void session_opened(const Report& report);
    void session_closed(const Report& report);
    void limit_denied(const Report& report);
    void limit_hit(const std::string& limit, std::uint64_t times);
    void login_record(const Report& report);

    Subject subject_;
    FileDescriptor audit_log_;
    accounting::Files files_;
    FileDescriptor rates_;
    // Events that an account can cause without end have buckets of their own, so that they do not suppress
    // others, such as the account's own logins.
    TokenBucket of_inside_;
    TokenBucket of_limits_;
    std::uint64_t lost_ = 0;  // that the supervisor kept back
    Deadline tell_suppressed_at_;
    bool is_lost_ = false;  // the last event could not be written; said once
};

}  // namespace jail::supervisor
