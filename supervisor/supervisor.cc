#include "supervisor/supervisor.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "libjail/binding.h"
#include "libjail/protocol.h"
#include "libjail/trusted_store.h"
#include "supervisor/clock.h"
#include "supervisor/instance_choice.h"
#include "supervisor/session_limits.h"

namespace jail {
namespace {

constexpr long long kFirstSessionMs = 5000;

Result<FileDescriptor> signals_to_end_by() {
    sigset_t set;
    (void)::sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) (void)::sigaddset(&set, signal);
    if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return errno_error("sigprocmask");
    FileDescriptor signals(::signalfd(-1, &set, SFD_CLOEXEC));
    if (!signals) return errno_error("signalfd");
    return signals;
}

// Only root's processes open sessions; the directory's mode says so already, this says it again. The pid is
// good for no more than to notice the opener's end: it may have ended already, and its number be another's.
struct Opener {
    FileDescriptor pidfd;
    pid_t pid = 0;
};
Result<Opener> opener_of(int connection) {
    ucred peer = {};
    socklen_t size = sizeof peer;
    if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return errno_error("getsockopt SO_PEERCRED");
    if (peer.uid != 0) return Error(EPERM, "accept session of uid", std::to_string(peer.uid));
    Opener opener{FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, peer.pid, 0))), peer.pid};
    if (!opener.pidfd) return errno_error("pidfd_open");
    return opener;
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
                                       {records_.descriptor(), POLLIN, 0},
                                       {relay_.descriptor(), POLLIN, 0},
                                       {logind_.descriptor(), POLLIN, 0},
                                       {lingers_ ? instance_.word() : -1, POLLIN, 0}};
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
        do_what_is_due(waiting[3].revents != 0, waiting[4].revents != 0);
        if (waiting[6].revents != 0) end_terminated();
        watch_sessions();
        if (superseded_ && admitted() == 0) return std::string("outdated");
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
    return admitted() != 0 || lingers_ || ending_.linger();
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
    return static_cast<std::uint32_t>(
        std::count_if(sessions_.begin(), sessions_.end(),
                      [](const Session& session) { return session.admitted && !session.administrator; }));
}

// A warm, empty instance is for speed, not for yesterday's policy. One with sessions in it keeps the
// generation that it started with, for those who join as well: they are to see each other's processes.
bool Supervisor::outdated() const {
    const auto account = name_service::account_of(plan_.identity.uid);
    const auto record = account ? find_binding(account.value()) : Result<AccountRecord>(account.error());
    if (!record || record.value().jail != plan_.manifest.jail) return true;
    const auto identity = look_up_identity(record.value());
    if (!identity || identity.value() != plan_.identity) return true;
    const auto manifest = load_manifest(plan_.manifest.jail);
    return !manifest || encode(manifest.value()) != encode(plan_.manifest);
}

// Another generation of the policy waits for the last session's end; another jail, or a login shell that this
// instance does not keep an account without a shell from, is no generation. EAGAIN, for the log.
Result<> Supervisor::may_join() const {
    const auto account = name_service::account_of(plan_.identity.uid);
    const auto record = account ? find_binding(account.value()) : Result<AccountRecord>(account.error());
    if (!record) return Error(EAGAIN, "join", record.error().message());
    if (record.value().jail != plan_.manifest.jail)
        return Error(EAGAIN, "join",
                     "the account was moved to jail " + record.value().jail + "; its sessions in jail " +
                         plan_.manifest.jail + " have to end first");
    if (!plan_.manifest.access.shell && account.value().shell != plan_.identity.login_shell)
        return Error(EAGAIN, "join", "its login shell was changed; its open sessions have to end first");
    return success();
}

long long Supervisor::grace_over_ms() const {
    // Whoever started us has yet to connect: no grace time is too short for that.
    return idle_since_ms_ + std::max(plan_.manifest.grace_seconds * 1000LL, served_ ? 0 : kFirstSessionMs);
}

// Until the next thing that is due; -1: nothing is.
int Supervisor::timeout_ms() const {
    long long next = busy() ? -1 : grace_over_ms();
    if (const long long rest = admitted() != 0 ? watch_.due_in(now_ms()) : -1; rest >= 0)
        next = now_ms() + rest;
    for (const long long due :
         {limits_.due_ms(), records_.due_ms(), relay_.due_ms(), log_.due_ms(), fakeroot_.due_ms()})
        if (due >= 0) next = next < 0 ? due : std::min(next, due);
    return next < 0 ? -1 : static_cast<int>(std::clamp(next - now_ms(), 0LL, 3600000LL));
}

void Supervisor::do_what_is_due(bool limit_met, bool terminals_rang) {
    const long long now = now_ms();
    if (limit_met || (limits_.due_ms() >= 0 && now >= limits_.due_ms())) limits_.look(now, usage_, log_);
    if (terminals_rang) records_.rang(now);
    records_.look(now, sessions_, log_);
    relay_.tick(now);
    log_.tick(now);
}

void Supervisor::end_terminated() {
    logind_.drain();
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

// Once, after it has entered: the listener of its filter. Anything else, or a second one, is no such thing.
bool Supervisor::take_listener(Session& session) {
    if (plan_.manifest.user_namespace != UserNamespace::kFakeroot || session.listener_taken) return false;
    auto received = protocol::receive(session.connection.get());
    if (!received || !received.value().descriptor) return false;
    fakeroot_.add(std::move(received.value().descriptor), session.user_namespace);
    return session.listener_taken = true;
}

// A connection says one thing, its request, and with fakeroot what take_listener() takes; whatever comes
// after that, a word or the end, ends the session. Nobody is waited for: a door that was stopped halfway
// holds up no other.
void Supervisor::hear(Session& session) {
    if (session.admitted) {
        if (take_listener(session)) return;
        session.ended = true;
        session.end = "lease_closed";
        return;
    }
    const auto verdict = admit(session);
    session.admitted = bool(verdict);
    session.ended = !verdict;
    superseded_ = superseded_ || (!verdict && verdict.error().code() == EPROTONOSUPPORT);
    if (!verdict && verdict.error().code() == EUSERS) log_.limit_hit("sessions", 1);
    if (verdict)
        opened(session);
    else if (verdict.error().code() != ECONNRESET)  // that one only wanted to know whether somebody listens
        log_.session_refused(verdict.error().message());
}

// A door of another version, whose programs were installed since, or were replaced: where there are sessions
// it is refused in words; else this supervisor ends, and the door finds nobody and starts its own.
Error Supervisor::refuse_version(int connection, const Error& error) const {
    if (admitted() == 0) return error;
    const protocol::Reply reply = protocol::make_reply(EPROTONOSUPPORT, 0, error.object());
    (void)protocol::send(connection, &reply, sizeof reply);  // the closed connection is an answer as well
    return error;
}

Result<> Supervisor::admit(Session& session) {
    const int connection = session.connection.get();
    const auto decoded = protocol::decode_request(JAIL_TRY(protocol::receive(connection)).bytes);
    if (!decoded && decoded.error().code() == EPROTONOSUPPORT)
        return refuse_version(connection, decoded.error());
    if (!decoded) return decoded.error();
    const protocol::Request& request = decoded.value();
    Opener opener = JAIL_TRY(opener_of(connection));
    session.opener = std::move(opener.pidfd);
    session.opener_pid = opener.pid;
    session.door = request.door;
    session.terminal = request.terminal;
    session.peer = request.peer;
    session.watched = {.opener = opener.pid, .opened_ms = now_ms(), .active_ms = now_ms()};
    session.administrator = request.administrator != 0;
    session.logind = request.logind;
    const auto verdict = [&]() -> Result<const Instance*> {
        JAIL_TRY(may_open(session));
        return instance_for(session, request.instance);
    }();
    const std::uint32_t status = verdict ? 0 : static_cast<std::uint32_t>(verdict.error().code());
    protocol::Reply reply = protocol::make_reply(status, static_cast<std::uint32_t>(plan_.manifest.network),
                                                 verdict ? "" : verdict.error().object(),
                                                 cgroup_.place().path, cgroup_.place().hierarchies);
    reply.sessions = logins();
    reply.instances = instances();
    const bool joined_by_door = plan_.manifest.user_namespace == UserNamespace::kSelf;
    const int user_namespace = verdict && joined_by_door ? verdict.value()->user_namespace() : -1;
    reply.user_namespace = user_namespace >= 0 ? 1 : 0;
    JAIL_TRY(protocol::send(connection, &reply, sizeof reply, verdict ? verdict.value()->pidfd() : -1));
    if (user_namespace >= 0) JAIL_TRY(protocol::send(connection, "u", 1, user_namespace));
    return verdict ? success() : Result<>(verdict.error());
}

Result<> Supervisor::may_open(const Session& session) const {
    if (session.administrator) return success();
    if (busy()) JAIL_TRY(may_join());
    return session_limits::may_open(plan_.manifest, logins(), cgroup_);
}

// What the session joins; made now, where it is to be the session's alone. Its control group is the
// account's: so are the limits.
Result<const Instance*> Supervisor::instance_for(Session& session, std::uint32_t wanted) {
    const Instance* instance = &instance_;
    if (session.administrator) {
        const Session* chosen = JAIL_TRY(choose_session(sessions_, wanted));
        if (chosen != nullptr) instance = &*chosen->own;
    } else if (plan_.manifest.instance_per_session) {
        session.own = JAIL_TRY(Instance::start(plan_, cgroup_));
        session.number = ++last_number_;
        instance = &*session.own;
    }
    session.watched.init = instance->pid();
    session.user_namespace = instance->user_namespace();
    return instance;
}

std::uint32_t Supervisor::instances() const {
    const auto own = std::count_if(sessions_.begin(), sessions_.end(),
                                   [](const Session& one) { return one.own.has_value(); });
    return static_cast<std::uint32_t>(1 + own + static_cast<long>(ending_.count()));
}

// The door has its answer already: what is recorded here delays no login.
void Supervisor::opened(Session& session) {
    served_ = true;
    session.id = new_event_id();
    session.opened_ms = now_ms();
    session.cpu_usec_before = usage_.cpu_usec();
    report_start();
    log_.session_opened(session);
    records_.session_opened(session, log_);
}

void Supervisor::report_start() {
    if (std::exchange(start_reported_, true)) return;
    limits_.start(usage_);
    records_.start(log_);
    log_.instance_started(instance_.pid());
}

// False when what the last session left running does not end: then the instance must.
bool Supervisor::drop_ended() {
    const std::size_t before = admitted();
    for (Session& session : sessions_) {
        if (!session.ended || !session.admitted) continue;
        limits_.look(now_ms(), usage_, log_);
        records_.session_closed(session, log_);
        log_.session_closed(session, usage_);
    }
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
    relay_.finish(now_ms());
    limits_.look(now_ms(), usage_, log_, true);
    log_.instance_stopped(cause, now_ms() - started_ms_, usage_);
    // A door that just ended may be in the cgroup for an instant longer than its lease.
    for (int round = 0; round < 500 && !cgroup_.remove(); ++round) pause_ms(2);
    run_.remove();
}

}  // namespace jail
