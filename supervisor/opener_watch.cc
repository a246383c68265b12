// SPDX-License-Identifier: Apache-2.0
#include "supervisor/opener_watch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "libjail/base/files.h"
#include "libjail/base/readable.h"
#include "supervisor/watch/session_processes.h"

namespace jail::supervisor {
namespace {

// A child of the opener comes within some milliseconds after the session has opened.
constexpr std::chrono::milliseconds kFirstLook = 100ms, kMostPause = 10s;
constexpr std::size_t kMostBytes = 1u << 20;

std::string file_of(pid_t pid, const std::string& name) {
    return "/proc/" + std::to_string(pid) + "/" + name;
}

// Empty: it has ended.
std::string read_proc(pid_t pid, const std::string& name) {
    auto text = read_small_file(file_of(pid, name), kMostBytes);
    return text ? std::move(text).value() : std::string();
}

std::vector<pid_t> children_of(pid_t pid) {
    const std::string list = read_proc(pid, "task/" + std::to_string(pid) + "/children");
    std::vector<pid_t> children;
    const char* at = list.c_str();
    for (char* end = nullptr; *at != '\0'; at = end) {
        const long child = std::strtol(at, &end, 10);
        if (end == at) break;
        children.push_back(static_cast<pid_t>(child));
    }
    return children;
}

// 'T': stopped, 't': by a tracer (proc_pid_stat(5)).
bool is_stopped(pid_t pid) {
    const std::string stat = read_proc(pid, "stat");
    const std::size_t name_end = stat.rfind(')');
    return name_end != std::string::npos && name_end + 2 < stat.size() &&
           (stat[name_end + 2] == 'T' || stat[name_end + 2] == 't');
}

bool is_roots(pid_t pid) {
    return read_proc(pid, "status").find("\nUid:\t0\t0\t0\t0\n") != std::string::npos;
}

// sshd forks for the session and goes on in the same program; su and cron execute a program of the account,
// which does its own job control.
bool run_the_same_program(pid_t one, pid_t other) {
    struct stat first = {}, second = {};
    return ::stat(file_of(one, "exe").c_str(), &first) == 0 &&
           ::stat(file_of(other, "exe").c_str(), &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

// In a container without CAP_SYS_RESOURCE the session's processes can set theirs back as well.
void set_back_score(const Session& session) {
    const FileDescriptor file(
        ::open(file_of(session.opener_pid, "oom_score_adj").c_str(), O_WRONLY | O_CLOEXEC));
    if (!file || is_readable(session.opener.get())) return;  // the number may be another process's by now
    (void)!::write(file.get(), "0", 1);
}

void continue_or_end(Session& session, pid_t child, EventLog& log) {
    signal_inside(child, session.watched.init, session.opener_state.continued ? SIGKILL : SIGCONT);
    log.trouble(std::string("session ") + session.id + ": its process of " + session.door +
                " was stopped; it is " + (session.opener_state.continued ? "ended" : "continued, once"));
    session.opener_state.continued = true;
}

void look_at(Session& session, Time now, EventLog& log) {
    OpenerState& state = session.opener_state;
    const std::vector<pid_t> children = children_of(session.opener_pid);
    const bool roots = is_roots(session.opener_pid);
    const bool has_session = std::any_of(children.begin(), children.end(),
                                         [&](pid_t child) { return is_inside(child, session.watched.init); });
    if (roots && has_session && !state.set_back) {
        set_back_score(session);
        state.set_back = true;
    }
    for (const pid_t child : children)
        if (roots && is_stopped(child) && run_the_same_program(child, session.opener_pid))
            continue_or_end(session, child, log);
    state.pause = state.set_back ? kMostPause : std::clamp(2 * state.pause, kFirstLook, kMostPause);
    state.look_at = now + state.pause;
}

}  // namespace

void OpenerWatch::look(std::vector<Session>& sessions, Time now, EventLog& log) {
    due_.reset();
    for (Session& session : sessions) {
        if (!session.admitted || session.ended || session.administrator) continue;
        OpenerState& state = session.opener_state;
        if (!state.look_at) state.look_at = now + kFirstLook;
        if (is_due(state.look_at, now)) look_at(session, now, log);
        due_ = earlier(due_, state.look_at);
    }
}

bool has_ended_by_now(const FileDescriptor& process) {
    constexpr auto kMoment = 5ms;  // of the loop's time: no more
    const Result<bool> ended = becomes_readable(process.get(), kMoment);
    return ended && ended.value();
}

void end_orphans(const std::vector<Session>& sessions, const Cgroup& cgroup, pid_t init, EventLog& log) {
    std::vector<pid_t> openers = {::getpid()};  // PID 1's parent
    for (const Session& session : sessions)
        if (session.admitted && !session.ended) openers.push_back(session.opener_pid);
    const auto members = cgroup.members();
    const auto table = members ? ProcessTable::read(members.value()) : Result<ProcessTable>(members.error());
    if (!table) return log.trouble("processes that a session left: " + table.error().message());
    for (const SessionProcess& orphan : table.value().orphans(openers, init)) {
        for (const SessionProcess& below : table.value().descendants(orphan.pid, init))
            signal_inside(below.pid, init, SIGKILL);
        signal_inside(orphan.pid, init, SIGKILL);
    }
}

}  // namespace jail::supervisor
