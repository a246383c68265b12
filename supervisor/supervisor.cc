#include "supervisor/supervisor.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "libjail/binding.h"
#include "libjail/protocol.h"
#include "libjail/trusted_store.h"

namespace jail {
namespace {

constexpr long long kFirstSessionMs = 5000;

// CLOCK_BOOTTIME: a clock that is set neither keeps an instance nor ends it, and a suspended machine's time
// counts.
long long now_ms() {
    timespec now = {};
    (void)::clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

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
Result<FileDescriptor> opener_of(int connection) {
    ucred peer = {};
    socklen_t size = sizeof peer;
    if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return errno_error("getsockopt SO_PEERCRED");
    if (peer.uid != 0) return Error(EPERM, "accept session of uid", std::to_string(peer.uid));
    FileDescriptor opener(static_cast<int>(::syscall(SYS_pidfd_open, peer.pid, 0)));
    if (!opener) return errno_error("pidfd_open");
    return opener;
}

void pause_ms(long milliseconds) {
    const timespec pause = {0, milliseconds * 1000000};
    (void)::nanosleep(&pause, nullptr);
}

}  // namespace

Result<> Supervisor::run() {
    idle_since_ms_ = now_ms();
    const auto result = [this]() -> Result<> {
        const FileDescriptor signals = JAIL_TRY(signals_to_end_by());
        return serve(signals.get());
    }();
    take_down();
    return result;
}

Result<> Supervisor::serve(int signals) {
    for (;;) {
        std::vector<pollfd> waiting = {
            {signals, POLLIN, 0}, {instance_.pidfd(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
        const std::size_t fixed = waiting.size();
        for (const Session& session : sessions_) {
            waiting.push_back({session.connection.get(), POLLIN, 0});
            waiting.push_back(
                {session.opener.get(), POLLIN, 0});  // poll(2) passes over a negative descriptor
        }
        const int ready = ::poll(waiting.data(), waiting.size(), timeout_ms());
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) return errno_error("poll");
        if (ready == 0 && admitted() == 0) return success();  // the grace time is over
        if (waiting[0].revents != 0) return success();
        if (waiting[1].revents != 0) return Error(ECONNRESET, "keep the jail,", "its PID 1 ended");
        for (std::size_t i = 0; i < sessions_.size(); ++i) {
            if (waiting[fixed + 2 * i].revents != 0) hear(sessions_[i]);
            if (waiting[fixed + 2 * i + 1].revents != 0) sessions_[i].ended = true;
        }
        if (!drop_ended()) return Error(ETIMEDOUT, "end", "the processes that the last session left");
        if (waiting[2].revents == 0) continue;
        // Its door is told by the closed connection, and starts a supervisor of the present generation.
        if (admitted() == 0 && outdated()) return success();
        accept_connection();
    }
}

std::size_t Supervisor::admitted() const {
    return static_cast<std::size_t>(std::count_if(sessions_.begin(), sessions_.end(),
                                                  [](const Session& session) { return session.admitted; }));
}

// A warm, empty instance is for speed, not for yesterday's policy. One with sessions in it keeps the
// generation that it started with, for those who join as well: they are to see each other's processes.
bool Supervisor::outdated() const {
    const auto account = name_service::account_of(plan_.identity.uid);
    const auto record = account ? find_binding(account.value()) : Result<AccountRecord>(account.error());
    if (!record || record.value().jail != plan_.manifest.jail) return true;
    const auto manifest = load_manifest(plan_.manifest.jail);
    return !manifest || encode(manifest.value()) != encode(plan_.manifest);
}

int Supervisor::timeout_ms() const {
    if (admitted() != 0) return -1;
    // Whoever started us has yet to connect: no grace time is too short for that.
    const long long grace = std::max(plan_.manifest.grace_seconds * 1000LL, served_ ? 0 : kFirstSessionMs);
    const long long rest = idle_since_ms_ + grace - now_ms();
    return rest <= 0 ? 0 : static_cast<int>(std::min(rest, 3600000LL));
}

void Supervisor::accept_connection() {
    FileDescriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection)
        sessions_.push_back({std::move(connection), {}, false, false});
    else if (errno == EMFILE || errno == ENFILE)
        pause_ms(50);  // it stays readable: rather slow than spinning
}

// A connection says one thing, its request; whatever comes after that, a word or the end, ends the session.
// Nobody is waited for: a door that was stopped halfway holds up no other.
void Supervisor::hear(Session& session) {
    if (session.admitted) {
        session.ended = true;
        return;
    }
    const auto verdict = admit(session);
    session.admitted = bool(verdict);
    session.ended = !verdict;
    if (verdict)
        served_ = true;
    else if (verdict.error().code() != ECONNRESET)  // that one only wanted to know whether somebody listens
        ::syslog(LOG_WARNING, "session of %s: %s", plan_.identity.account.c_str(),
                 verdict.error().message().c_str());
}

Result<> Supervisor::admit(Session& session) {
    const int connection = session.connection.get();
    const protocol::Request request =
        JAIL_TRY(protocol::decode_request(JAIL_TRY(protocol::receive(connection)).bytes));
    session.opener = JAIL_TRY(opener_of(connection));
    const Manifest& manifest = plan_.manifest;
    const auto network = static_cast<std::uint32_t>(manifest.network);
    Result<> verdict;
    if (manifest.limits.sessions != 0 && admitted() >= manifest.limits.sessions)
        verdict = Error(EUSERS, "open session,", std::to_string(admitted()) + " are open already");
    const protocol::Reply reply =
        verdict ? protocol::make_reply(0, network, "")
                : protocol::make_reply(static_cast<std::uint32_t>(verdict.error().code()), network,
                                       verdict.error().message());
    JAIL_TRY(protocol::send(connection, &reply, sizeof reply, verdict ? instance_.pidfd() : -1));
    if (verdict)
        ::syslog(LOG_INFO, "session of %s opened in jail %s by %s", plan_.identity.account.c_str(),
                 manifest.jail.c_str(), request.door);
    return verdict;
}

// False when what the last session left running does not end: then the instance must.
bool Supervisor::drop_ended() {
    const std::size_t before = admitted();
    std::erase_if(sessions_, [](const Session& session) { return session.ended; });
    if (before == 0 || admitted() != 0) return true;
    // The last session is over: what it left running goes with it, the empty instance stays warm for a while.
    idle_since_ms_ = now_ms();
    return bool(instance_.end_processes());
}

void Supervisor::take_down() {
    listener_.reset();  // who connects from here on is refused and starts a new supervisor
    sessions_.clear();
    const auto stopped = instance_.stop();
    if (!stopped)
        ::syslog(LOG_ERR, "jail of %s: %s", plan_.identity.account.c_str(),
                 stopped.error().message().c_str());
    // A door that just ended may be in the cgroup for an instant longer than its lease.
    for (int round = 0; round < 500 && !cgroup_.remove(); ++round) pause_ms(2);
    run_.remove();
}

}  // namespace jail
