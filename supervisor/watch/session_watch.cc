// SPDX-License-Identifier: Apache-2.0
#include "supervisor/watch/session_watch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "libjail/base/syscalls.h"

namespace jail::supervisor {
namespace {

constexpr auto kToEnd = 2s;     // from SIGHUP to SIGKILL
constexpr auto kToGiveUp = 7s;  // from SIGHUP until the session no longer counts, whatever holds it
constexpr auto kShortPause = 250ms;
constexpr std::chrono::milliseconds kLeastPause = 1s, kMostPause = 60s;

std::uint64_t worth_mentioning() {  // a tenth of a second
    return static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK) / 10));
}

std::string in_words(std::chrono::milliseconds time) {
    const auto seconds = time / 1s;
    if (seconds % 3600 == 0) return std::to_string(seconds / 3600) + "h";
    return seconds % 60 == 0 ? std::to_string(seconds / 60) + "m" : std::to_string(seconds) + "s";
}

// The terminal of this number as the process sees it: a session of login's has a terminal of the host's under
// its name (terminal_program.h). The path is root's and read-only, and entries of a devpts cannot be made or
// renamed by hand.
FileDescriptor open_terminal(const SessionProcess& process, pid_t init, std::uint64_t flags) {
    const FileDescriptor root = open_root_inside(process.pid, init);
    if (!root) return {};
    const std::string path = "dev/pts/" + std::to_string(process.terminal);
    return FileDescriptor(openat2(root.get(), path.c_str(), flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS));
}

// When something was last read or written on any of their terminals: the sum of all times.
std::uint64_t terminal_times(pid_t init, const std::vector<SessionProcess>& processes, bool& has_terminal) {
    std::set<int> seen;
    std::uint64_t times = 0;
    for (const SessionProcess& process : processes) {
        struct stat status = {};
        if (process.terminal < 0 || seen.count(process.terminal) != 0) continue;
        const FileDescriptor terminal = open_terminal(process, init, O_PATH);
        if (::fstat(terminal.get(), &status) != 0) continue;  // of one that has ended: another one may tell
        seen.insert(process.terminal);
        times += static_cast<std::uint64_t>(status.st_atime) + static_cast<std::uint64_t>(status.st_mtime);
        has_terminal = true;
    }
    return times;
}

// A terminal that was stopped (^S) does not block the supervisor.
bool tell(const SessionProcess& process, pid_t init, const std::string& text) {
    const FileDescriptor file = open_terminal(process, init, O_WRONLY | O_NOCTTY | O_NONBLOCK);
    const std::string line = "\r\njail: this session ends now: " + text + "\r\n";
    return file && ::write(file.get(), line.data(), line.size()) >= 0;
}

}  // namespace

SessionWatch::SessionWatch(const Limits& limits, std::string account)
    : idle_(std::chrono::seconds(limits.idle_seconds)),
      session_(std::chrono::seconds(limits.session_seconds)),
      account_(std::move(account)) {}

void SessionWatch::terminate(WatchedSession& session, Time now) {
    if (session.opener == 0 || session.hung_up_at) return;
    const auto table = ProcessTable::read();
    if (!table) return;  // out of descriptors or memory: the next change of a session is another chance
    session.hung_up_at = now;
    end(session, table.value().descendants(session.opener, session.init), "the host has terminated it");
}

void SessionWatch::look(const std::vector<WatchedSession*>& sessions, Time now, bool frozen) {
    const bool due = is_due(next_, now);
    if (due && frozen) {
        for (WatchedSession* session : sessions) session->active_at = now;
    } else if (due && !sessions.empty()) {
        const auto table = ProcessTable::read();
        if (!table)
            ::syslog(LOG_ERR, "sessions of %s: %s", account_.c_str(), table.error().message().c_str());
        for (WatchedSession* session : sessions)
            if (table) review(*session, table.value().descendants(session->opener, session->init), now);
    }
    // A deadline stays: waking the supervisor in between does not put it off.
    if (due || sessions.empty()) next_.reset();
    for (const WatchedSession* session : sessions) {
        if (idle_ == 0ms && session_ == 0ms && !session->hung_up_at) continue;
        next_ = earlier(next_, next_look(*session, now));
    }
}

Time SessionWatch::next_look(const WatchedSession& session, Time now) const {
    if (session.hung_up_at) return now + kShortPause;
    Time next = now + kMostPause;
    if (idle_ != 0ms) next = now + std::clamp(idle_ / 10, kLeastPause, kMostPause);
    if (session_ != 0ms) next = std::min(next, std::max(now, session.opened_at + session_));
    return next;
}

void SessionWatch::review(WatchedSession& session, const std::vector<SessionProcess>& processes, Time now) {
    if (session.hung_up_at) {
        if (now - *session.hung_up_at >= kToEnd)
            for (const SessionProcess& process : processes) signal_inside(process.pid, session.init, SIGKILL);
        session.over = now - *session.hung_up_at >= kToGiveUp;
        return;
    }
    bool has_terminal = false;
    const std::uint64_t times = terminal_times(session.init, processes, has_terminal);
    std::uint64_t ticks = 0;
    for (const SessionProcess& process : processes) ticks += process.ticks;
    // Less than before: one of them has ended, which is a thing to do as well.
    const bool worked = ticks < session.ticks || ticks - session.ticks >= worth_mentioning();
    if (has_terminal ? times != session.terminal_times : worked) {
        session.active_at = now;
        session.ticks = ticks;
    }
    session.terminal_times = times;
    std::string why;
    if (session_ != 0ms && now - session.opened_at >= session_)
        why = "a session may last " + in_words(session_);
    else if (idle_ != 0ms && now - session.active_at >= idle_)
        why = "a session may be idle for " + in_words(idle_);
    if (why.empty()) return;
    session.hung_up_at = now;
    end(session, processes, why);
}

void SessionWatch::end(const WatchedSession& session, const std::vector<SessionProcess>& processes,
                       const std::string& why) {
    ::syslog(LOG_INFO, "session of %s ends: %s", account_.c_str(), why.c_str());
    std::set<int> told;
    bool has_terminal = false;
    for (const SessionProcess& process : processes) {
        if (process.terminal < 0) continue;
        has_terminal = true;
        if (told.count(process.terminal) == 0 && tell(process, session.init, why))
            told.insert(process.terminal);
    }
    // sshd's process has no terminal, and is to carry the message to the client before it ends.
    for (const SessionProcess& process : processes) {
        if (has_terminal && process.terminal < 0) continue;
        signal_inside(process.pid, session.init, has_terminal ? SIGHUP : SIGTERM);
        signal_inside(process.pid, session.init, SIGCONT);
    }
}

}  // namespace jail::supervisor
