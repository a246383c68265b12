// What jailshell, or whoever of the account's processes passes for it, says from inside the jail: what it
// refused (libjail/session/denial.h), how a session's program ended (libjail/session/session_end.h). So much
// of it is read in a time: who writes more waits, or finds no room and says it to nobody.
#pragma once

#include "libjail/base/file_descriptor.h"
#include "supervisor/instance/identity.h"
#include "supervisor/log/event_log.h"
#include "supervisor/watch/session.h"

namespace jail::supervisor {

class Inbox {
public:
    // `socket`: the jail's kInbox, with SO_PASSCRED.
    Inbox(FileDescriptor socket, const Identity& identity)
        : socket_(std::move(socket)), account_(identity.uid) {}

    // For poll(2); -1 while senders are made to wait.
    int descriptor() const { return paused_until_ms_ < 0 ? socket_.get() : -1; }
    // When to call tick(); -1: never.
    long long due_ms() const { return paused_until_ms_; }
    void receive(long long now_ms, std::vector<Session>& sessions, EventLog& log);
    void tick(long long now_ms);
    // All that is there: the last words of those who ended.
    void finish(std::vector<Session>& sessions, EventLog& log);

private:
    bool receive_one(std::vector<Session>& sessions, EventLog& log);

    FileDescriptor socket_;
    uid_t account_;
    long long pause_ms_ = 0;  // after what is being read
    long long paused_until_ms_ = -1;
};

}  // namespace jail::supervisor
