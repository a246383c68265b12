// SPDX-License-Identifier: Apache-2.0
// Keeps utmp, wtmp and lastlog for the sessions of an instance, by door as an unjailed login has them
// (docs/design/accounting.md): sshd's for each terminal that it allocates, login(1)'s for the
// terminal that it was started on; su, cron and sessions without a terminal get no entry.
#pragma once

#include <string>
#include <vector>

#include "libjail/base/clock.h"
#include "supervisor/log/event_log.h"
#include "supervisor/records/terminals.h"
#include "supervisor/watch/session.h"

namespace jail::supervisor {

class LoginRecords {
public:
    LoginRecords(std::string account, uid_t uid) : account_(std::move(account)), uid_(uid) {}

    // Before the first session: removes what a killed supervisor left.
    void start(EventLog& log);
    void session_opened(Session& session, FileWatch& changes, EventLog& log);
    void session_closed(Session& session, EventLog& log);

    // Not while the first look is due anyhow.
    bool wants_changes() const { return !look_at_ || looks_ != 0; }
    // Change::kTerminals was reported: look() is due soon.
    void terminals_changed(Time now);
    // When to call look(); empty: after the next report of a change.
    Deadline due() const { return look_at_; }
    void look(Time now, std::vector<Session>& sessions, EventLog& log);

private:
    void look_soon(Time now);
    void watch_terminals(Session& session, FileWatch& changes, EventLog& log);
    void log_out_others(Session& session, const std::vector<unsigned>& held, EventLog& log) const;
    void log_in_new(Session& session, const std::vector<unsigned>& held, EventLog& log) const;
    void log_in(Session& session, unsigned terminal, EventLog& log) const;
    void log_out(const Session& session, unsigned terminal, EventLog& log) const;

    std::string account_;
    uid_t uid_;
    Deadline look_at_;
    std::size_t looks_ = 0;  // since the change
    bool watched_ = true;    // else look() is called periodically
};

}  // namespace jail::supervisor
