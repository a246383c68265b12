#include "supervisor/log/syslog_relay.h"

#include <paths.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "supervisor/log/datagram.h"

namespace jail::supervisor {
namespace {

constexpr long long kBurst = 200, kAccountPerMinute = 20 * 60, kRootPerMinute = 50 * 60;
// A hundred times a second so many, then whoever writes more waits: what is done for them is done on the
// host's time, which no limit of the jail's counts.
constexpr int kMostAtOnce = 128;
constexpr long long kPauseMs = 10;
constexpr long long kLongPauseMs = 1000;  // after one with descriptors, as of the inbox
constexpr long long kGiveUpAfterMs = 1000;
constexpr int kMostAtTheEnd = 1024;
constexpr int kPatienceAtTheEnd = 100;  // milliseconds, altogether
constexpr long long kTellAfterMs = 1000;

std::string timestamp() {
    const time_t now = ::time(nullptr);
    tm parts = {};
    char text[32] = {};
    (void)::localtime_r(&now, &parts);
    (void)::strftime(text, sizeof text, "%b %e %H:%M:%S", &parts);
    return text;
}

}  // namespace

SyslogRelay::SyslogRelay(FileDescriptor socket, const InstancePlan& plan)
    : socket_(std::move(socket)),
      name_(plan.manifest.jail + "/" + plan.identity.account),
      of_account_(kBurst, kAccountPerMinute),
      of_root_(kBurst, kRootPerMinute) {
    if (socket_) host_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

long long SyslogRelay::due_ms() const {
    if (paused_until_ms_ < 0 || tell_at_ms_ < 0) return std::max(paused_until_ms_, tell_at_ms_);
    return std::min(paused_until_ms_, tell_at_ms_);
}

void SyslogRelay::receive(long long now_ms) {
    pause_ms_ = kPauseMs;
    for (int i = 0; i < kMostAtOnce && waiting_.empty() && receive_one(now_ms); ++i) {
    }
    paused_until_ms_ = now_ms + pause_ms_;
}

// False when there is no more.
bool SyslogRelay::receive_one(long long now_ms) {
    Datagram datagram;
    const Datagram::Got got = datagram.receive(socket_.get());
    if (got != Datagram::Got::kOne) return got == Datagram::Got::kNotThisTime;
    if (datagram.had_descriptors()) pause_ms_ = kLongPauseMs;
    const LogSender from = {datagram.sender().uid == 0, datagram.sender().pid};
    if (!(from.root ? of_root_ : of_account_).take(now_ms)) {
        lose(1, now_ms);
        return true;
    }
    std::string message = forwarded_message(datagram.bytes(), from, name_, timestamp());
    if (send(message)) return true;
    waiting_ = std::move(message);
    give_up_ms_ = now_ms + kGiveUpAfterMs;
    return true;
}

// Never waits: a host whose log is stuck must not stop the jail. By name each time, since a syslogd that was
// started anew has a new socket.
bool SyslogRelay::send(const std::string& message) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    static_assert(sizeof _PATH_LOG <= sizeof address.sun_path);
    std::memcpy(address.sun_path, _PATH_LOG, sizeof _PATH_LOG);
    return ::sendto(host_.get(), message.data(), message.size(), MSG_NOSIGNAL,
                    reinterpret_cast<const sockaddr*>(&address), sizeof address) >= 0;
}

void SyslogRelay::tick(long long now_ms) {
    if (paused_until_ms_ >= 0 && now_ms >= paused_until_ms_) {
        paused_until_ms_ = -1;
        send_waiting(now_ms);
    }
    if (tell_at_ms_ >= 0 && now_ms >= tell_at_ms_) tell_lost(now_ms);
}

void SyslogRelay::send_waiting(long long now_ms) {
    if (waiting_.empty()) return;
    const bool sent = send(waiting_);
    if (!sent && now_ms < give_up_ms_) {
        paused_until_ms_ = now_ms + kPauseMs;
        return;
    }
    if (!sent) lose(1, now_ms);
    waiting_.clear();
}

void SyslogRelay::finish(long long now_ms) {
    if (!socket_) return;
    // Nobody is left who could write more: the kernel's queue, some ten or some hundred, is all there is.
    int patience = kPatienceAtTheEnd;
    for (int i = 0; i < kMostAtTheEnd; ++i) {
        while (!waiting_.empty() && !send(waiting_) && --patience > 0) {
            const timespec millisecond = {0, 1000000};
            (void)::nanosleep(&millisecond, nullptr);
        }
        waiting_.clear();
        if (!receive_one(now_ms)) break;
    }
    if (lost_ > 0) tell_lost(now_ms);
}

void SyslogRelay::lose(std::uint64_t count, long long now_ms) {
    lost_ += count;
    if (tell_at_ms_ < 0) tell_at_ms_ = now_ms + kTellAfterMs;
}

void SyslogRelay::tell_lost(long long now_ms) {
    const bool told = send("<" + std::to_string(LOG_AUTHPRIV | LOG_WARNING) + ">" + timestamp() +
                           " jail-supervisor[" + std::to_string(::getpid()) + "]: " + name_ + ": " +
                           std::to_string(lost_) + " messages to syslog were kept back");
    tell_at_ms_ = told ? -1 : now_ms + kTellAfterMs;
    if (told) lost_ = 0;
}

}  // namespace jail::supervisor
