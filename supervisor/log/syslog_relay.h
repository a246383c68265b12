// `syslog: host`: the jail's /dev/log is a socket of the supervisor's, which hands on to the host's /dev/log
// what the kernel says who wrote, worded by syslog_message.h, and no more of it than a token bucket lets
// through: one jail's flood reaches neither the disk nor the lines of the others. Doors, who are root, have a
// bucket of their own, so that the account cannot silence them.
#pragma once

#include <cstdint>
#include <string>

#include "libjail/base/file_descriptor.h"
#include "supervisor/instance/plan.h"
#include "supervisor/log/syslog_message.h"
#include "supervisor/log/token_bucket.h"

namespace jail::supervisor {

class SyslogRelay {
public:
    // `socket`: the jail's /dev/log, with SO_PASSCRED; none where policy does not say host.
    SyslogRelay(FileDescriptor socket, const InstancePlan& plan);

    // For poll(2); -1 while senders are made to wait.
    int descriptor() const { return paused_until_ms_ < 0 ? socket_.get() : -1; }
    // When to call tick(); -1: never.
    long long due_ms() const;
    void receive(long long now_ms);
    void tick(long long now_ms);
    // The last words of those who ended, and what was kept back.
    void finish(long long now_ms);

private:
    bool receive_one(long long now_ms);
    bool send(const std::string& message);
    void send_waiting(long long now_ms);
    void lose(std::uint64_t count, long long now_ms);
    void tell_lost(long long now_ms);

    FileDescriptor socket_, host_;
    std::string name_;  // "arkham/harlequin"
    TokenBucket of_account_, of_root_;
    long long pause_ms_ = 0;  // after what is being read
    long long paused_until_ms_ = -1;
    std::string waiting_;  // what the host could not take yet: until it can, nothing more is read
    long long give_up_ms_ = 0;
    std::uint64_t lost_ = 0;  // not told yet
    long long tell_at_ms_ = -1;
};

}  // namespace jail::supervisor
