// Keeps utmp, wtmp and lastlog for the sessions of an instance, by door as an unjailed login has them
// (docs/ARCHITECTURE.md, "Accounting"): sshd's for each terminal that it allocates, login(1)'s for the
// terminal that it was started on; none for su, cron and sessions without a terminal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "supervisor/accounting.h"
#include "supervisor/event_log.h"
#include "supervisor/session.h"
#include "supervisor/terminals.h"

namespace jail {

class LoginRecords {
public:
    LoginRecords(std::string account, uid_t uid) : account_(std::move(account)), uid_(uid) {}

    // Before the first session: removes what a killed supervisor left.
    void start(EventLog& log);
    void session_opened(Session& session, EventLog& log);
    void session_closed(Session& session, EventLog& log);

    // For poll(2); -1 while the first look is due anyhow.
    int descriptor() const { return first_is_due() ? -1 : terminals_.descriptor(); }
    // When to look; -1: when the descriptor says so.
    long long due_ms() const { return look_at_ms_; }
    // The descriptor rang: have a look soon.
    void rang(long long now_ms);
    void look(long long now_ms, std::vector<Session>& sessions, EventLog& log);

private:
    accounting::Login login(const Session& session, std::string line) const;
    bool first_is_due() const { return look_at_ms_ >= 0 && looks_ == 0; }
    void look_soon(long long now_ms);
    void update(Session& session, const std::vector<unsigned>& held, EventLog& log);
    void log_in(Session& session, unsigned terminal, EventLog& log) const;
    void log_out(const Session& session, unsigned terminal, EventLog& log) const;

    std::string account_;
    uid_t uid_;
    Terminals terminals_;
    long long look_at_ms_ = -1;
    std::size_t looks_ = 0;  // since the bell rang
};

}  // namespace jail
