// SPDX-License-Identifier: Apache-2.0
#include "supervisor/records/login_records.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "libjail/base/clock.h"
#include "supervisor/reports/terminal_line.h"

namespace jail::supervisor {
namespace {

// The change is reported while the terminal is being made: its descriptor exists an instant later, and its
// maker is one of many processes. So the supervisor looks a little later, and again: an account that makes
// terminals in a loop causes at most fifty looks a second.
constexpr std::chrono::milliseconds kLooksAfter[] = {20ms, 80ms, 400ms, 2s};

constexpr auto kSeldom = 2s;  // where changes are not reported

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

// The elements of `from` that are not in `in`; both are sorted.
std::vector<unsigned> missing(const std::vector<unsigned>& from, const std::vector<unsigned>& in) {
    std::vector<unsigned> found;
    std::set_difference(from.begin(), from.end(), in.begin(), in.end(), std::back_inserter(found));
    return found;
}

}  // namespace

void LoginRecords::start(EventLog& log) {
    log.clear_stale_logins();
}

void LoginRecords::watch_terminals(Session& session, FileWatch& changes, EventLog& log) {
    session.devpts = terminals::devpts_of(session.watched.init);
    if (session.devpts == 0) log.trouble("login records: the jail of " + account_ + " has no devpts");
    auto watching = terminals::watch(session.watched.init, changes);
    if (!watching && watched_) log.trouble("login records: " + watching.error().message());
    watched_ = watched_ && watching;
    if (watching) session.terminal_changes = std::move(watching).value();
    look_soon(now());  // a terminal may have been made before it was watched for
}

void LoginRecords::session_opened(Session& session, FileWatch& changes, EventLog& log) {
    if (is_sshd(session)) watch_terminals(session, changes, log);
    const std::string line = host_terminal(session);
    if (line.empty()) return;
    // login writes its own entry inside the jail, where it has no effect. wtmp and lastlog are pam_lastlog's,
    // which has written them before pam_jail; only its logout would be inside.
    log.host_login(session, line);
}

void LoginRecords::session_closed(Session& session, EventLog& log) {
    log_out_others(session, {}, log);
    session.terminals.clear();
    const std::string line = host_terminal(session);
    if (line.empty()) return;
    log.logout(session, line);
}

void LoginRecords::look_soon(Time now) {
    looks_ = 0;
    look_at_ = now + kLooksAfter[0];
}

void LoginRecords::terminals_changed(Time now) {
    if (wants_changes()) look_soon(now);
}

void LoginRecords::look(Time now, std::vector<Session>& sessions, EventLog& log) {
    if (!is_due(look_at_, now)) return;
    struct Held {
        Session* session;
        std::vector<unsigned> terminals;
    };
    std::vector<Held> all;
    for (Session& session : sessions)
        if (session.admitted && !session.ended && is_sshd(session))
            all.push_back({&session, terminals::held_by(session.opener_pid, session.devpts)});
    // A terminal that one session gave back may be another's by now: all logouts come before the logins.
    for (const Held& held : all) log_out_others(*held.session, held.terminals, log);
    for (const Held& held : all) log_in_new(*held.session, held.terminals, log);
    const bool again = ++looks_ < std::size(kLooksAfter);
    if (again)
        look_at_ = now + kLooksAfter[looks_];
    else
        look_at_ = watched_ || all.empty() ? Deadline() : now + kSeldom;
}

void LoginRecords::log_out_others(Session& session, const std::vector<unsigned>& held, EventLog& log) const {
    for (const unsigned terminal : missing(session.terminals, held)) log_out(session, terminal, log);
}

void LoginRecords::log_in_new(Session& session, const std::vector<unsigned>& held, EventLog& log) const {
    for (const unsigned terminal : missing(held, session.terminals)) log_in(session, terminal, log);
    session.terminals = held;
}

void LoginRecords::log_in(Session& session, unsigned terminal, EventLog& log) const {
    const std::string line = terminal_line(terminal, uid_, session.number);
    log.terminal_login(session, line);
    if (session.terminals_used.size() < kMaxTerminalsText)
        session.terminals_used += (session.terminals_used.empty() ? "" : " ") + line;
}

void LoginRecords::log_out(const Session& session, unsigned terminal, EventLog& log) const {
    log.logout(session, terminal_line(terminal, uid_, session.number));
}

}  // namespace jail::supervisor
