#include "supervisor/supervisor.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "libjail/base/clock.h"

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

// The cause: systemd's SIGTERM, that stops the jail's scope, or nothing that should be.
Result<std::string> end_of(const Instance& instance) {
    if (instance.ended_as_asked()) return std::string("signal");
    return Error(ECONNRESET, "keep the jail,", "its PID 1 ended");
}

void pause_ms(long milliseconds) {
    const timespec pause = {0, milliseconds * 1000000};
    (void)::nanosleep(&pause, nullptr);
}

}  // namespace

Result<> Supervisor::run() {
    started_ms_ = idle_since_ms_ = now_ms();
    expected_until_ms_ = started_ms_ + kFirstSessionMs;
    const auto cause = [this]() -> Result<std::string> {
        const FileDescriptor signals = JAIL_TRY(signals_to_end_by());
        return serve(signals.get());
    }();
    take_down(cause ? cause.value() : cause.error().message());
    return cause ? success() : Result<>(cause.error());
}

Result<std::string> Supervisor::serve(int signals) {
    for (;;) {
        // poll(2) passes over negative descriptors.
        std::vector<pollfd> waiting = {{signals, POLLIN, 0},
                                       {instance_.pidfd(), POLLIN, 0},
                                       {listener_.get(), POLLIN, 0},
                                       {limits_.descriptor(), POLLIN, 0},
                                       {records_.wants_bells() ? changes_.descriptor() : -1, POLLIN, 0},
                                       {relay_.descriptor(), POLLIN, 0},
                                       {lingers_ ? instance_.word() : -1, POLLIN, 0},
                                       {inbox_.descriptor(), POLLIN, 0},
                                       {mail_.descriptor(), POLLIN, 0},
                                       {mail_.carrying(), POLLIN, 0}};
        const std::size_t fixed = waiting.size();
        for (const Session& session : sessions_) {
            waiting.push_back({session.connection.get(), POLLIN, 0});
            waiting.push_back({session.opener.get(), POLLIN, 0});
        }
        ending_.add_descriptors(waiting);
        fakeroot_.add_descriptors(waiting);
        const int ready = ::poll(waiting.data(), waiting.size(), timeout_ms());
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) return errno_error("poll");
        if (ready == 0 && !busy() && now_ms() >= grace_over_ms()) return std::string("idle");
        if (waiting[0].revents != 0) return std::string("signal");
        if (waiting[1].revents != 0) return end_of(instance_);
        for (std::size_t i = 0; i < sessions_.size(); ++i) {
            if (waiting[fixed + 2 * i].revents != 0) hear(sessions_[i]);
            if (waiting[fixed + 2 * i + 1].revents == 0 || sessions_[i].ended) continue;
            sessions_[i].ended = true;
            sessions_[i].end = "opener_ended";
        }
        look_for_emptiness();
        fakeroot_.answer(now_ms());
        if (waiting[5].revents != 0) relay_.receive(now_ms());
        if (waiting[7].revents != 0) inbox_.receive(now_ms(), sessions_, log_);
        if (waiting[8].revents != 0) mail_.accept(now_ms(), log_);
        if (waiting[9].revents != 0) mail_.reap();
        if (waiting[4].revents != 0) hear_bells();
        do_what_is_due(waiting[3].revents != 0);
        watch_sessions();
        if (superseded_ && !busy()) return std::string("outdated");
        // Whose end may have been that of PID 1, which is not seen to have ended yet.
        if (!drop_ended())
            return init_ends_in(100) ? end_of(instance_)
                                     : Error(ETIMEDOUT, "end", "the processes that the last session left");
        if (waiting[2].revents == 0) continue;
        // Its door is told by the closed connection, and starts a supervisor of the present generation.
        if (!busy() && outdated()) return std::string("outdated");
        accept_connection();
    }
}

std::size_t Supervisor::admitted() const {
    return static_cast<std::size_t>(std::count_if(sessions_.begin(), sessions_.end(),
                                                  [](const Session& session) { return session.admitted; }));
}

// Whether anybody is in, or left something that is to go on.
bool Supervisor::busy() const {
    return admitted() != 0 || lingers_ || ending_.lingering() != 0;
}

void Supervisor::look_for_emptiness() {
    const bool was_busy = busy();
    if (lingers_ && instance_.said_empty()) lingers_ = false;
    ending_.reap();
    if (was_busy && !busy()) idle_since_ms_ = now_ms();
}

bool Supervisor::init_ends_in(int milliseconds) const {
    pollfd init = {instance_.pidfd(), POLLIN, 0};
    return ::poll(&init, 1, milliseconds) > 0;
}

std::uint32_t Supervisor::logins() const {
    return static_cast<std::uint32_t>(std::count_if(
        sessions_.begin(), sessions_.end(),
        [](const Session& session) { return session.admitted && !session.ended && !session.administrator; }));
}

long long Supervisor::grace_over_ms() const {
    return std::max(idle_since_ms_ + plan_.manifest.grace_seconds * 1000LL, expected_until_ms_);
}

// Until the next thing that is due; -1: nothing is.
int Supervisor::timeout_ms() const {
    long long next = busy() ? -1 : grace_over_ms();
    if (const long long rest = admitted() != 0 ? watch_.due_in(now_ms()) : -1; rest >= 0)
        next = now_ms() + rest;
    for (const long long due : {limits_.due_ms(), records_.due_ms(), inbox_.due_ms(), relay_.due_ms(),
                                mail_.due_ms(), log_.due_ms(), fakeroot_.due_ms(), openers_.due_ms()})
        if (due >= 0) next = next < 0 ? due : std::min(next, due);
    return next < 0 ? -1 : static_cast<int>(std::clamp(next - now_ms(), 0LL, 3600000LL));
}

void Supervisor::do_what_is_due(bool limit_met) {
    const long long now = now_ms();
    if (limit_met || (limits_.due_ms() >= 0 && now >= limits_.due_ms())) limits_.look(now, usage_, log_);
    records_.look(now, sessions_, log_);
    openers_.look(sessions_, now, log_);
    inbox_.tick(now);
    relay_.tick(now);
    mail_.tick(now);
    log_.tick(now);
}

void Supervisor::hear_bells() {
    const FileWatch::Rung rung = changes_.rung();
    if (rung.terminals) records_.hear_bell(now_ms());
    if (!rung.logind) return;
    for (Session& session : sessions_)
        if (session.admitted && logind_.ended(session.logind)) watch_.terminate(session.watched, now_ms());
}

void Supervisor::watch_sessions() {
    std::vector<WatchedSession*> watched;
    for (Session& session : sessions_)
        if (session.admitted && !session.administrator && !session.ended) watched.push_back(&session.watched);
    watch_.look(watched, now_ms());
    for (Session& session : sessions_) {
        if (!session.watched.over || session.ended) continue;
        session.ended = true;
        session.end = "time_limit";
    }
}

void Supervisor::accept_connection() {
    FileDescriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection)
        sessions_.emplace_back().connection = std::move(connection);
    else if (errno == EMFILE || errno == ENFILE)
        pause_ms(50);  // it stays readable: rather slow than spinning
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

// The door has its answer already: what is recorded here delays no login.
void Supervisor::opened(Session& session) {
    expected_until_ms_ = 0;
    session.opened_ms = now_ms();
    session.cpu_usec_before = usage_.cpu_usec();
    report_start();
    if (session.own)
        for (const std::string& note : session.own->notes()) log_.left_out(note);
    log_.session_opened(session);
    records_.session_opened(session, changes_, log_);
    if (const auto watching = logind_.watch(session.logind, changes_); !watching)
        log_.trouble("sessions of logind: " + watching.error().message());
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
    // How its program ended was said before.
    if (std::any_of(sessions_.begin(), sessions_.end(), has_ended)) inbox_.finish(sessions_, log_);
    for (Session& session : sessions_) {
        if (!has_ended(session)) continue;
        limits_.look(now_ms(), usage_, log_);
        records_.session_closed(session, log_);
        log_.session_closed(session, usage_);
    }
    end_what_openers_left();
    for (Session& session : sessions_)
        if (session.ended && session.own)
            ending_.add(std::move(*session.own), session.admitted && plan_.manifest.linger);
    std::erase_if(sessions_, [](const Session& session) { return session.ended; });
    if (before == 0 || admitted() != 0) return true;
    // The last session is over: what it left running goes with it, unless it is to go on. The empty instance
    // stays warm for a while.
    idle_since_ms_ = now_ms();
    if (plan_.manifest.linger) return lingers_ = bool(instance_.watch_for_emptiness());
    return bool(instance_.end_processes());
}

void Supervisor::take_down(const std::string& cause) {
    listener_.reset();  // who connects from here on is refused and starts a new supervisor
    for (Session& session : sessions_)
        if (session.own) ending_.add(std::move(*session.own), false);
    usage_.remember();  // systemd removes the group of a scope when it is empty
    limits_.look(now_ms(), usage_, log_, true);
    const auto stopped = instance_.stop();
    ending_.stop();
    if (!stopped) log_.trouble("jail of " + plan_.identity.account + ": " + stopped.error().message());
    report_start();
    inbox_.finish(sessions_, log_);
    for (Session& session : sessions_) {
        if (!session.admitted) continue;
        if (!session.ended) session.end = "instance_stopped";
        records_.session_closed(session, log_);
        log_.session_closed(session, usage_);
    }
    sessions_.clear();
    relay_.finish(now_ms());
    limits_.look(now_ms(), usage_, log_, true);
    log_.keep_rates();
    log_.instance_stopped(cause, now_ms() - started_ms_, usage_);
    // A door that just ended may be in the cgroup for an instant longer than its lease.
    for (int round = 0; round < 500 && !cgroup_.remove(); ++round) pause_ms(2);
    run_.remove();
}

}  // namespace jail::supervisor
