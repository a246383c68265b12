#include "supervisor/supervisor.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

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

// Only root's processes open sessions; the directory's mode says so already, this says it again.
Result<pid_t> peer_of(int connection) {
    ucred peer = {};
    socklen_t size = sizeof peer;
    if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return errno_error("getsockopt SO_PEERCRED");
    if (peer.uid != 0) return Error(EPERM, "accept session of uid", std::to_string(peer.uid));
    return peer.pid;
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
        for (const FileDescriptor& lease : leases_) waiting.push_back({lease.get(), POLLIN, 0});
        const int ready = ::poll(waiting.data(), waiting.size(), timeout_ms());
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) return errno_error("poll");
        if (ready == 0 && leases_.empty()) return success();  // the grace time is over
        if (waiting[0].revents != 0) return success();
        if (waiting[1].revents != 0) return Error(ECONNRESET, "keep the jail,", "its PID 1 ended");
        std::vector<bool> ended;
        // A lease says nothing after its request: anything readable on it, a word or the end, ends it.
        for (std::size_t i = fixed; i < waiting.size(); ++i) ended.push_back(waiting[i].revents != 0);
        if (waiting[2].revents != 0) {
            // Its door is told by the closed connection, and starts a supervisor of the present generation.
            if (leases_.empty() && outdated()) return success();
            accept_session();
        }
        drop_ended(ended);
    }
}

// A warm, empty instance is for speed, not for yesterday's policy. One with sessions in it keeps the
// generation that it started with, for those who join as well: they are to see each other's processes.
bool Supervisor::outdated() const {
    const auto record = load_account(plan_.identity.uid);
    if (!record || record.value().jail != plan_.manifest.jail) return true;
    const auto manifest = load_manifest(plan_.manifest.jail);
    return !manifest || encode(manifest.value()) != encode(plan_.manifest);
}

int Supervisor::timeout_ms() const {
    if (!leases_.empty()) return -1;
    // Whoever started us has yet to connect: no grace time is too short for that.
    const long long grace = std::max(plan_.manifest.grace_seconds * 1000LL, served_ ? 0 : kFirstSessionMs);
    const long long rest = idle_since_ms_ + grace - now_ms();
    return rest <= 0 ? 0 : static_cast<int>(std::min(rest, 3600000LL));
}

void Supervisor::accept_session() {
    FileDescriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) return;  // it went away, or there are no descriptors left: it may try again
    auto admitted = admit(std::move(connection));
    if (!admitted) {
        ::syslog(LOG_WARNING, "session of %s: %s", plan_.identity.account.c_str(),
                 admitted.error().message().c_str());
    } else if (admitted.value()) {
        leases_.push_back(std::move(admitted).value());
        served_ = true;
    }
}

// One request, one reply. The peer waits for it, so its pid is still its own while it is moved into the
// cgroup. An empty descriptor: a peer that only wanted to know whether somebody listens.
Result<FileDescriptor> Supervisor::admit(FileDescriptor connection) {
    const timeval patience = {2, 0};
    if (::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
        return errno_error("setsockopt");
    const pid_t peer = JAIL_TRY(peer_of(connection.get()));
    auto received = protocol::receive(connection.get());
    if (!received && received.error().code() == ECONNRESET) return FileDescriptor();
    const protocol::Request request = JAIL_TRY(protocol::decode_request(JAIL_TRY(std::move(received)).bytes));
    const Manifest& manifest = plan_.manifest;
    const auto network = static_cast<std::uint32_t>(manifest.network);
    Result<> verdict;
    if (manifest.limits.sessions != 0 && leases_.size() >= manifest.limits.sessions)
        verdict = Error(EUSERS, "open session,", std::to_string(leases_.size()) + " are open already");
    if (verdict) verdict = cgroup_.add(peer);
    const protocol::Reply reply =
        verdict ? protocol::make_reply(0, network, "")
                : protocol::make_reply(static_cast<std::uint32_t>(verdict.error().code()), network,
                                       verdict.error().message());
    JAIL_TRY(protocol::send(connection.get(), &reply, sizeof reply, verdict ? instance_.pidfd() : -1));
    if (!verdict) return std::move(verdict).error();
    ::syslog(LOG_INFO, "session of %s opened in jail %s by %s", plan_.identity.account.c_str(),
             manifest.jail.c_str(), request.door);
    return connection;
}

void Supervisor::drop_ended(const std::vector<bool>& ended) {
    bool dropped = false;
    for (std::size_t i = ended.size(); i-- > 0;) {
        if (!ended[i]) continue;
        leases_.erase(leases_.begin() + static_cast<std::ptrdiff_t>(i));
        dropped = true;
    }
    if (!dropped || !leases_.empty()) return;
    // The last session is over: what it left running goes with it, the empty instance stays warm for a while.
    idle_since_ms_ = now_ms();
    const auto swept = instance_.end_processes();
    if (!swept)
        ::syslog(LOG_WARNING, "jail of %s: %s", plan_.identity.account.c_str(),
                 swept.error().message().c_str());
}

void Supervisor::take_down() {
    listener_.reset();  // who connects from here on is refused and starts a new supervisor
    leases_.clear();
    const auto stopped = instance_.stop();
    if (!stopped)
        ::syslog(LOG_ERR, "jail of %s: %s", plan_.identity.account.c_str(),
                 stopped.error().message().c_str());
    // A door that just ended may be in the cgroup for an instant longer than its lease.
    for (int round = 0; round < 500 && !cgroup_.remove(); ++round) {
        const timespec pause = {0, 2000000};
        (void)::nanosleep(&pause, nullptr);
    }
    run_.remove();
}

}  // namespace jail
