// SPDX-License-Identifier: Apache-2.0
#include "supervisor/recorder/syslog_relay.h"

#include <paths.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "libjail/base/clock.h"
#include "supervisor/recorder/datagram.h"

namespace jail::supervisor {
namespace {

constexpr int kBurst = 200, kAccountPerMinute = 20 * 60, kRootPerMinute = 50 * 60;
// A hundred times a second so many, then further writers wait: the work for them uses the host's processor
// time, which the limits of the jail do not count.
constexpr int kMostAtOnce = 128;
constexpr auto kPause = 10ms;
constexpr auto kLongPause = 1s;  // after one with descriptors, as of the inbox
constexpr auto kGiveUpAfter = 1s;
constexpr int kMostAtTheEnd = 1024;
constexpr int kPatienceAtTheEnd = 100;  // milliseconds, altogether
constexpr auto kTellAfter = 1s;

std::string timestamp() {
    const time_t seconds = ::time(nullptr);
    tm parts = {};
    char text[32] = {};
    (void)::localtime_r(&seconds, &parts);
    (void)::strftime(text, sizeof text, "%b %e %H:%M:%S", &parts);
    return text;
}

}  // namespace

SyslogRelay::SyslogRelay(FileDescriptor socket, const Subject& subject)
    : socket_(std::move(socket)),
      name_(subject.jail + "/" + subject.account),
      of_account_(kBurst, kAccountPerMinute),
      of_root_(kBurst, kRootPerMinute) {
    if (socket_) host_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

void SyslogRelay::receive(Time now) {
    pause_ = kPause;
    for (int i = 0; i < kMostAtOnce && waiting_.empty() && receive_one(now); ++i) {
    }
    paused_until_ = now + pause_;
}

// False when the queue is empty.
bool SyslogRelay::receive_one(Time now) {
    Datagram datagram;
    const Datagram::Got got = datagram.receive(socket_.get());
    if (got != Datagram::Got::kOne) return got == Datagram::Got::kNotThisTime;
    if (datagram.had_descriptors()) pause_ = kLongPause;
    const LogSender from = {datagram.sender().uid == 0, datagram.sender().pid};
    if (!(from.root ? of_root_ : of_account_).take(now)) {
        lose(1, now);
        return true;
    }
    std::string message = forwarded_message(datagram.bytes(), from, name_, timestamp());
    if (send(message)) return true;
    waiting_ = std::move(message);
    give_up_at_ = now + kGiveUpAfter;
    return true;
}

// Does not wait: a stuck log of the host must not stop the jail. By name each time, since a restarted syslogd
// has a new socket.
bool SyslogRelay::send(const std::string& message) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    static_assert(sizeof _PATH_LOG <= sizeof address.sun_path);
    std::memcpy(address.sun_path, _PATH_LOG, sizeof _PATH_LOG);
    return ::sendto(host_.get(), message.data(), message.size(), MSG_NOSIGNAL,
                    reinterpret_cast<const sockaddr*>(&address), sizeof address) >= 0;
}

void SyslogRelay::tick(Time now) {
    if (is_due(paused_until_, now)) {
        paused_until_.reset();
        send_waiting(now);
    }
    if (is_due(tell_at_, now)) tell_lost(now);
}

void SyslogRelay::send_waiting(Time now) {
    if (waiting_.empty()) return;
    const bool sent = send(waiting_);
    if (!sent && now < give_up_at_) {
        paused_until_ = now + kPause;
        return;
    }
    if (!sent) lose(1, now);
    waiting_.clear();
}

void SyslogRelay::finish(Time now) {
    if (!socket_) return;
    // All writers have ended: only the kernel's queue is left, some ten or some hundred messages.
    int patience = kPatienceAtTheEnd;
    for (int i = 0; i < kMostAtTheEnd; ++i) {
        while (!waiting_.empty() && !send(waiting_) && --patience > 0) pause_for(1ms);
        waiting_.clear();
        if (!receive_one(now)) break;
    }
    if (lost_ > 0) tell_lost(now);
}

void SyslogRelay::lose(std::uint64_t count, Time now) {
    lost_ += count;
    if (!tell_at_) tell_at_ = now + kTellAfter;
}

void SyslogRelay::tell_lost(Time now) {
    const bool told = send("<" + std::to_string(LOG_AUTHPRIV | LOG_WARNING) + ">" + timestamp() +
                           " jail-supervisor[" + std::to_string(::getpid()) + "]: " + name_ + ": " +
                           std::to_string(lost_) + " messages to syslog were kept back");
    tell_at_ = told ? Deadline() : now + kTellAfter;
    if (told) lost_ = 0;
}

}  // namespace jail::supervisor
