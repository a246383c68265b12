// SPDX-License-Identifier: Apache-2.0
#include "supervisor/supervisor.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>

#include "libjail/base/clock.h"
#include "libjail/base/readable.h"
#include "libjail/policy/frozen.h"
#include "supervisor/session_list.h"

namespace jail::supervisor {
namespace {

Result<FileDescriptor> signals_to_end_by() {
    sigset_t set;
    (void)::sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) (void)::sigaddset(&set, signal);
    if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return errno_error("sigprocmask");
    FileDescriptor signals(::signalfd(-1, &set, SFD_CLOEXEC));
    if (!signals) return errno_error("signalfd");
    return signals;
}

// Why PID 1 ended: "signal" if systemd stopped the jail's scope; anything else is an error.
Result<std::string> end_of(const Instance& instance) {
    if (instance.ended_as_asked()) return std::string("signal");
    return refused(ECONNRESET, "PID 1 of the jail ended");
}

}  // namespace

Result<> Supervisor::run() {
    started_ = idle_since_ = now();
    expected_until_ = started_ + kFirstSession;
    const auto cause = [this]() -> Result<std::string> {
        const FileDescriptor signals = JAIL_TRY(signals_to_end_by());
        return serve(signals.get());
    }();
    take_down(cause ? cause.value() : cause.error().message());
    return cause ? success() : Result<>(cause.error());
}

Result<std::string> Supervisor::serve(int signals) {
    for (;;) {
        EventLoop loop;
        std::optional<Result<std::string>> end;
        bool is_connecting = false;
        const auto end_by = [&](Result<std::string> cause) {
            end = std::move(cause);
            loop.stop();
        };
        loop.on("signals", signals, [&] { end_by(std::string("signal")); });
        loop.on("PID 1", instance_.pidfd(), [&] { end_by(end_of(instance_)); });
        add_sources(loop);
        loop.on("control socket", listener_.get(), [&] { is_connecting = true; });
        const bool any_ready = JAIL_TRY(loop.run());
        if (end) return std::move(*end);
        if (!any_ready && !busy() && now() >= grace_over()) return std::string("idle");
        fakeroot_.answer(now());
        openers_.look(sessions_, now(), log_);
        watch_sessions();
        if (superseded_ && !busy()) return std::string("outdated");
        // The end of a session may have been that of PID 1, which is not seen to have ended yet.
        if (!drop_ended())
            return JAIL_TRY(becomes_readable(instance_.pidfd(), 100ms))
                       ? end_of(instance_)
                       : Error(ETIMEDOUT, "end", "the processes that the last session left");
        if (!is_connecting) continue;
        // Its door is told by the closed connection, and starts a supervisor of the present generation.
        if (!busy() && outdated()) return std::string("outdated");
        accept_connection();
    }
}

// In the order in which they are handled.
void Supervisor::add_sources(EventLoop& loop) {
    for (Session& session : sessions_) {
        loop.on("connection", session.connection.get(), [this, &session] { receive(session); });
        loop.on("opener", session.opener.get(), [&session] { session.end_with("opener_ended"); });
    }
    const auto look_for_emptiness = [this] { this->look_for_emptiness(); };
    loop.on("the socket to PID 1", lingers_ ? instance_.word() : -1, look_for_emptiness);
    ending_.add_sources(loop, look_for_emptiness);
    fakeroot_.add_sources(loop);
    const auto start_recorder = [this] { log_.recorder().start(); };
    loop.on("inbox", log_.recorder().inbox(), start_recorder);
    loop.on("/dev/log", log_.recorder().dev_log(), start_recorder);
    loop.on("jail-recorder", log_.recorder().process(), [this] { log_.recorder().reap(); });
    loop.at(log_.recorder().due(), [this] { log_.recorder().tick(); });
    loop.on("mail", mail_.descriptor(), [this] { mail_.accept(now(), log_); });
    loop.on("jail-mail", mail_.carrying(), [this] { mail_.reap(); });
    loop.at(mail_.due(), [this] { mail_.tick(now()); });
    loop.on("dnotify", records_.wants_changes() ? changes_.descriptor() : -1, [this] { take_changes(); });
    loop.at(records_.due(), [this] { records_.look(now(), sessions_, log_); });
    loop.on("events of control groups", limits_.descriptor(), [this] { limits_.look(now(), usage_, log_); });
    loop.at(limits_.due(), [this] { limits_.look(now(), usage_, log_); });
    loop.at(openers_.due(), [] {});  // it is done in each round
    if (admitted() != 0) loop.at(watch_.due(), [] {});
    if (!busy()) loop.at(grace_over(), [] {});
}

std::size_t Supervisor::admitted() const {
    return static_cast<std::size_t>(std::count_if(sessions_.begin(), sessions_.end(),
                                                  [](const Session& session) { return session.admitted; }));
}

// Whether sessions are open, or processes linger.
bool Supervisor::busy() const {
    return admitted() != 0 || lingers_ || ending_.lingering() != 0;
}

void Supervisor::look_for_emptiness() {
    const bool was_busy = busy();
    if (lingers_ && instance_.said_empty()) lingers_ = false;
    ending_.reap();
    if (was_busy && !busy()) {
        idle_since_ = now();
        write_list();
    }
}

std::uint32_t Supervisor::logins() const {
    return static_cast<std::uint32_t>(std::count_if(
        sessions_.begin(), sessions_.end(),
        [](const Session& session) { return session.admitted && !session.ended && !session.administrator; }));
}

Time Supervisor::grace_over() const {
    return std::max(idle_since_ + std::chrono::seconds(plan_.manifest.grace_seconds), expected_until_);
}

void Supervisor::take_changes() {
    const FileWatch::Changes changes = changes_.take();
    if (changes.terminals) records_.terminals_changed(now());
    if (!changes.logind) return;
    for (Session& session : sessions_)
        if (session.admitted && logind_.ended(session.logind)) watch_.terminate(session.watched, now());
}

void Supervisor::watch_sessions() {
    std::vector<WatchedSession*> watched;
    for (Session& session : sessions_)
        if (session.admitted && !session.administrator && !session.ended) watched.push_back(&session.watched);
    const bool frozen =
        is_due(watch_.due(), now()) && !require_not_frozen(plan_.identity.uid, instance_.pid());
    watch_.look(watched, now(), frozen);
    for (Session& session : sessions_) {
        if (session.watched.over) session.end_with("time_limit");
    }
}

void Supervisor::accept_connection() {
    FileDescriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection)
        sessions_.emplace_back().connection = std::move(connection);
    else if (errno == EMFILE || errno == ENFILE)
        pause_for(50ms);  // it stays readable: rather slow than spinning
}

session_limits::Open Supervisor::open() const {
    const auto own = std::count_if(sessions_.begin(), sessions_.end(),
                                   [](const Session& one) { return one.own.has_value(); });
    return {logins(), static_cast<std::uint32_t>(own) + static_cast<std::uint32_t>(ending_.lingering())};
}

std::uint32_t Supervisor::instances() const {
    const auto own = std::count_if(sessions_.begin(), sessions_.end(),
                                   [](const Session& one) { return one.own.has_value(); });
    return static_cast<std::uint32_t>(1 + own + static_cast<long>(ending_.count()));
}

// The door has its answer already: recording does not delay the login.
void Supervisor::opened(Session& session) {
    expected_until_ = Time();
    session.opened_at = now();
    session.cpu_usec_before = usage_.cpu_usec();
    report_start();
    if (session.own)
        for (const std::string& note : session.own->notes()) log_.left_out(note);
    log_.session_opened(session);
    records_.session_opened(session, changes_, log_);
    if (const auto watching = logind_.watch(session.logind, changes_); !watching)
        log_.trouble("sessions of logind: " + watching.error().message());
    write_list();
}

void Supervisor::write_list() const {
    write_session_list(run_.path(), plan_, cgroup_, instance_.pid(), sessions_, lingers_,
                       admitted() == 0 ? Deadline(idle_since_) : Deadline());
}

void Supervisor::report_start() {
    if (std::exchange(start_reported_, true)) return;
    limits_.start(usage_);
    records_.start(log_);
    log_.instance_started(instance_.pid());
    for (const std::string& note : instance_.notes()) log_.left_out(note);
}

// The processes of a killed opener would go on beside sessions that are open, or linger.
void Supervisor::end_what_openers_left() {
    const bool others = std::any_of(sessions_.begin(), sessions_.end(), [](const Session& session) {
        return session.admitted && !session.ended && !session.own;
    });
    for (const Session& session : sessions_) {
        if (!session.ended || !session.admitted || session.administrator) continue;
        const bool goes_on = plan_.manifest.linger || (others && !session.own);
        if (goes_on && has_ended_by_now(session.opener))
            end_orphans(sessions_, cgroup_, session.own ? session.own->pid() : instance_.pid(), log_);
    }
}

// False when what the last session left running does not end: then the instance must.
bool Supervisor::drop_ended() {
    const std::size_t before = admitted();
    const auto has_ended = [](const Session& session) { return session.ended && session.admitted; };
    for (Session& session : sessions_) {
        if (!has_ended(session)) continue;
        limits_.look(now(), usage_, log_);
        records_.session_closed(session, log_);
        log_.session_closed(session, usage_);
    }
    end_what_openers_left();
    for (Session& session : sessions_)
        if (session.ended && session.own)
            ending_.add(std::move(*session.own), session.admitted && plan_.manifest.linger);
    std::erase_if(sessions_, [](const Session& session) { return session.ended; });
    if (before == 0) return true;
    if (admitted() != 0) {
        if (admitted() != before) write_list();
        return true;
    }
    // The last session is over: what it left running goes with it, unless it is to go on. The empty instance
    // stays warm for a while.
    idle_since_ = now();
    if (plan_.manifest.linger) lingers_ = bool(instance_.watch_for_emptiness());
    const bool goes_on = plan_.manifest.linger ? lingers_ : bool(instance_.end_processes());
    write_list();
    return goes_on;
}

void Supervisor::take_down(const std::string& cause) {
    listener_.reset();  // a door that connects from here on is refused and starts a new supervisor
    for (Session& session : sessions_)
        if (session.own) ending_.add(std::move(*session.own), false);
    usage_.remember();  // systemd removes the group of a scope when it is empty
    limits_.look(now(), usage_, log_, true);
    const auto stopped = instance_.stop();
    ending_.stop();
    if (!stopped) log_.trouble("jail of " + plan_.identity.account + ": " + stopped.error().message());
    report_start();
    for (Session& session : sessions_) {
        if (!session.admitted) continue;
        if (!session.ended) session.end = "instance_stopped";
        records_.session_closed(session, log_);
        log_.session_closed(session, usage_);
    }
    sessions_.clear();
    limits_.look(now(), usage_, log_, true);
    log_.keep_rates();
    log_.instance_stopped(cause, now() - started_, usage_);
    log_.recorder().finish();
    // A door that just ended may be in the cgroup for an instant longer than its lease.
    for (int round = 0; round < 500 && !cgroup_.remove(); ++round) pause_for(2ms);
    run_.remove();
}

}  // namespace jail::supervisor
