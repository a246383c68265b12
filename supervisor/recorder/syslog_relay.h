// SPDX-License-Identifier: Apache-2.0
// `syslog: host`: the jail's /dev/log is a socket of the supervisor's. The recorder passes each message to
// the host's /dev/log with the sender that the kernel reports, worded by syslog_message.h, at the rate of a
// token bucket: a flood from one jail neither fills the disk nor displaces the lines of other jails. Doors,
// which are root, have a bucket of their own, so that the account cannot silence them.
#pragma once

#include <cstdint>
#include <string>

#include "libjail/base/clock.h"
#include "libjail/base/file_descriptor.h"
#include "supervisor/base/token_bucket.h"
#include "supervisor/recorder/report_writer.h"
#include "supervisor/recorder/syslog_message.h"

namespace jail::supervisor {

class SyslogRelay {
public:
    // `socket`: the jail's /dev/log, with SO_PASSCRED; empty unless the policy says host.
    SyslogRelay(FileDescriptor socket, const Subject& subject);

    // For poll(2); -1 while senders are made to wait.
    int descriptor() const { return paused_until_ ? -1 : socket_.get(); }
    // When to call tick().
    Deadline due() const { return earlier(paused_until_, tell_at_); }
    void receive(Time now);
    void tick(Time now);
    // The last messages of processes that ended, and the report of lost ones.
    void finish(Time now);
    // Whether a new relay would be as this one is.
    bool is_idle(Time now) {
        return waiting_.empty() && lost_ == 0 && of_account_.full_at(now) <= now &&
               of_root_.full_at(now) <= now;
    }

private:
    bool receive_one(Time now);
    bool send(const std::string& message);
    void send_waiting(Time now);
    void lose(std::uint64_t count, Time now);
    void tell_lost(Time now);

    FileDescriptor socket_, host_;
    std::string name_;  // "arkham/harlequin"
    TokenBucket of_account_, of_root_;
    std::chrono::milliseconds pause_ = 0ms;  // after what is being read
    Deadline paused_until_;
    std::string waiting_;  // a message that the host could not take yet: until it can, reading stops
    Time give_up_at_;
    std::uint64_t lost_ = 0;  // not reported yet
    Deadline tell_at_;
};

}  // namespace jail::supervisor
