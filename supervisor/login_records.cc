#include "supervisor/login_records.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "supervisor/clock.h"

namespace jail {
namespace {

// The bell rings while the terminal is being made: its descriptor is there an instant later, and who made it
// is one of many. So one looks a little later, and again: an account that makes terminals in a loop causes
// fifty looks a second, no more.
constexpr long long kLooksAfterMs[] = {20, 80, 400, 2000};

constexpr std::size_t kMaxTerminalsText = 200;

bool is_sshd(const Session& session) {
    return session.terminal == "ssh" &&
           session.door != "jailshell";  // as sshd sets PAM_TTY, whatever its service
}

// The host's terminal that login(1) was started on, without "/dev/"; empty: not login's session.
std::string host_terminal(const Session& session) {
    constexpr std::string_view kDev = "/dev/";
    std::string_view name = session.terminal;
    if (session.door != "login" && session.door != "remote") return {};
    if (name.substr(0, kDev.size()) == kDev) name.remove_prefix(kDev.size());
    const bool plain =
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_-") ==
        std::string_view::npos;
    return std::string(plain ? name : "");
}

void check(const Result<>& written, EventLog& log) {
    if (!written) log.trouble("login record: " + written.error().message());
}

}  // namespace

void LoginRecords::start(EventLog& log) {
    check(accounting::clear_stale(uid_), log);
}

accounting::Login LoginRecords::login(const Session& session, std::string line) const {
    return {std::move(line), account_, uid_, session.peer, session.opener_pid};
}

void LoginRecords::session_opened(Session& session, EventLog& log) {
    if (is_sshd(session)) {
        session.devpts = terminals_.watch(session.watched.init);
        if (session.devpts == 0) log.trouble("login records: the jail of " + account_ + " has no devpts");
        look_soon(now_ms());  // a terminal may have been made before it was watched for
    }
    const std::string line = host_terminal(session);
    if (line.empty()) return;
    // login's own entry goes nowhere, it writes it inside the jail. wtmp and lastlog are pam_lastlog's, which
    // has written them before pam_jail; only its logout would be inside.
    check(accounting::write_utmp_login(login(session, line)), log);
}

void LoginRecords::session_closed(Session& session, EventLog& log) {
    update(session, {}, log);
    const std::string line = host_terminal(session);
    if (line.empty()) return;
    check(accounting::write_utmp_logout(login(session, line)), log);
    check(accounting::append_wtmp_logout(login(session, line)), log);
}

void LoginRecords::look_soon(long long now_ms) {
    looks_ = 0;
    look_at_ms_ = now_ms + kLooksAfterMs[0];
}

void LoginRecords::rang(long long now_ms) {
    if (!first_is_due()) look_soon(now_ms);
}

void LoginRecords::look(long long now_ms, std::vector<Session>& sessions, EventLog& log) {
    if (look_at_ms_ < 0 || now_ms < look_at_ms_) return;
    terminals_.clear();
    for (Session& session : sessions)
        if (session.admitted && !session.ended && is_sshd(session))
            update(session, Terminals::held_by(session.opener_pid, session.devpts), log);
    look_at_ms_ = ++looks_ < std::size(kLooksAfterMs) ? now_ms + kLooksAfterMs[looks_] : -1;
}

void LoginRecords::update(Session& session, const std::vector<unsigned>& held, EventLog& log) {
    std::vector<unsigned> gone, come;
    std::set_difference(session.terminals.begin(), session.terminals.end(), held.begin(), held.end(),
                        std::back_inserter(gone));
    std::set_difference(held.begin(), held.end(), session.terminals.begin(), session.terminals.end(),
                        std::back_inserter(come));
    for (const unsigned terminal : gone) log_out(session, terminal, log);
    for (const unsigned terminal : come) log_in(session, terminal, log);
    session.terminals = held;
}

void LoginRecords::log_in(Session& session, unsigned terminal, EventLog& log) const {
    const accounting::Login made = login(session, accounting::terminal_line(terminal, uid_, session.number));
    check(accounting::write_utmp_login(made), log);
    check(accounting::append_wtmp_login(made), log);
    check(accounting::write_lastlog(made), log);
    if (session.terminals_used.size() < kMaxTerminalsText)
        session.terminals_used += (session.terminals_used.empty() ? "" : " ") + made.line;
}

void LoginRecords::log_out(const Session& session, unsigned terminal, EventLog& log) const {
    const accounting::Login made = login(session, accounting::terminal_line(terminal, uid_, session.number));
    check(accounting::write_utmp_logout(made), log);
    check(accounting::append_wtmp_logout(made), log);
}

}  // namespace jail
