#include "supervisor/watch/session_watch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <set>

namespace jail::supervisor {
namespace {

constexpr long long kToEndMs = 2000;     // from SIGHUP to SIGKILL
constexpr long long kToGiveUpMs = 7000;  // from SIGHUP until the session no longer counts, whatever holds it
constexpr long long kShortMs = 250;
constexpr long long kLeastPauseMs = 1000, kMostPauseMs = 60000;

std::uint64_t worth_mentioning() {  // a tenth of a second
    return static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_CLK_TCK) / 10));
}

std::string in_words(long long milliseconds) {
    const long long seconds = milliseconds / 1000;
    if (seconds % 3600 == 0) return std::to_string(seconds / 3600) + "h";
    return seconds % 60 == 0 ? std::to_string(seconds / 60) + "m" : std::to_string(seconds) + "s";
}

// The way to /dev/pts is root's and read-only, and nobody can make or rename anything in a devpts.
FileDescriptor open_terminals(pid_t init) {
    const std::string path = "/proc/" + std::to_string(init) + "/root/dev/pts";
    return FileDescriptor(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

// When something was last read or written on any of their terminals: the sum of all times.
std::uint64_t terminal_times(pid_t init, const std::vector<SessionProcess>& processes, bool& has_terminal) {
    const FileDescriptor terminals = open_terminals(init);
    std::set<int> seen;
    std::uint64_t times = 0;
    for (const SessionProcess& process : processes) {
        struct stat status = {};
        if (process.terminal < 0 || !seen.insert(process.terminal).second) continue;
        const std::string name = std::to_string(process.terminal);
        if (::fstatat(terminals.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
        times += static_cast<std::uint64_t>(status.st_atime) + static_cast<std::uint64_t>(status.st_mtime);
        has_terminal = true;
    }
    return times;
}

// A terminal that was stopped (^S) holds up nobody.
void tell(const FileDescriptor& terminals, int terminal, const std::string& text) {
    const FileDescriptor file(::openat(terminals.get(), std::to_string(terminal).c_str(),
                                       O_WRONLY | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
    const std::string line = "\r\njail: this session ends now: " + text + "\r\n";
    if (file) (void)!::write(file.get(), line.data(), line.size());
}

}  // namespace

SessionWatch::SessionWatch(const Limits& limits, std::string account)
    : idle_ms_(limits.idle_seconds * 1000LL),
      session_ms_(limits.session_seconds * 1000LL),
      account_(std::move(account)) {}

void SessionWatch::terminate(WatchedSession& session, long long now_ms) {
    if (session.opener == 0 || session.hung_up_ms != 0) return;
    const auto table = ProcessTable::read();
    if (!table) return;  // out of descriptors or memory: the next change of a session is another chance
    session.hung_up_ms = now_ms;
    end(session, table.value().descendants(session.opener, session.init), "the host has terminated it");
}

long long SessionWatch::due_in(long long now_ms) const {
    return next_ms_ < 0 ? -1 : std::max(0LL, next_ms_ - now_ms);
}

void SessionWatch::look(const std::vector<WatchedSession*>& sessions, long long now_ms) {
    const bool due = next_ms_ >= 0 && now_ms >= next_ms_;
    if (due && !sessions.empty()) {
        const auto table = ProcessTable::read();
        if (!table)
            ::syslog(LOG_ERR, "sessions of %s: %s", account_.c_str(), table.error().message().c_str());
        for (WatchedSession* session : sessions)
            if (table) review(*session, table.value().descendants(session->opener, session->init), now_ms);
    }
    // What is due stays due: whoever wakes the supervisor in between does not put it off.
    if (due || sessions.empty()) next_ms_ = -1;
    for (const WatchedSession* session : sessions) {
        if (idle_ms_ == 0 && session_ms_ == 0 && session->hung_up_ms == 0) continue;
        const long long next = next_look(*session, now_ms);
        next_ms_ = next_ms_ < 0 ? next : std::min(next_ms_, next);
    }
}

long long SessionWatch::next_look(const WatchedSession& session, long long now_ms) const {
    if (session.hung_up_ms != 0) return now_ms + kShortMs;
    long long next = now_ms + kMostPauseMs;
    if (idle_ms_ != 0) next = now_ms + std::clamp(idle_ms_ / 10, kLeastPauseMs, kMostPauseMs);
    if (session_ms_ != 0) next = std::min(next, std::max(now_ms, session.opened_ms + session_ms_));
    return next;
}

void SessionWatch::review(WatchedSession& session, const std::vector<SessionProcess>& processes,
                          long long now_ms) {
    if (session.hung_up_ms != 0) {
        if (now_ms - session.hung_up_ms >= kToEndMs)
            for (const SessionProcess& process : processes) signal_inside(process.pid, session.init, SIGKILL);
        session.over = now_ms - session.hung_up_ms >= kToGiveUpMs;
        return;
    }
    bool has_terminal = false;
    const std::uint64_t times = terminal_times(session.init, processes, has_terminal);
    std::uint64_t ticks = 0;
    for (const SessionProcess& process : processes) ticks += process.ticks;
    // Less than before: one of them has ended, which is a thing to do as well.
    const bool worked = ticks < session.ticks || ticks - session.ticks >= worth_mentioning();
    if (has_terminal ? times != session.terminal_times : worked) {
        session.active_ms = now_ms;
        session.ticks = ticks;
    }
    session.terminal_times = times;
    std::string why;
    if (session_ms_ != 0 && now_ms - session.opened_ms >= session_ms_)
        why = "a session may last " + in_words(session_ms_);
    else if (idle_ms_ != 0 && now_ms - session.active_ms >= idle_ms_)
        why = "a session may be idle for " + in_words(idle_ms_);
    if (why.empty()) return;
    session.hung_up_ms = now_ms;
    end(session, processes, why);
}

void SessionWatch::end(const WatchedSession& session, const std::vector<SessionProcess>& processes,
                       const std::string& why) {
    const FileDescriptor terminals = open_terminals(session.init);
    ::syslog(LOG_INFO, "session of %s ends: %s", account_.c_str(), why.c_str());
    std::set<int> told;
    for (const SessionProcess& process : processes)
        if (process.terminal >= 0 && told.insert(process.terminal).second)
            tell(terminals, process.terminal, why);
    // sshd's process has no terminal, and is to carry the message to the client before it ends.
    for (const SessionProcess& process : processes) {
        if (!told.empty() && process.terminal < 0) continue;
        signal_inside(process.pid, session.init, told.empty() ? SIGTERM : SIGHUP);
        signal_inside(process.pid, session.init, SIGCONT);
    }
}

}  // namespace jail::supervisor
