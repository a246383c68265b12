// Messages of jailshell, or of another of the account's processes, from inside the jail: what it
// refused (libjail/session/denial.h), how a session's program ended (libjail/session/session_end.h). So much
// of it is read in a time: who writes more waits, or finds no room and says it to nobody.
#pragma once

#include "libjail/base/clock.h"
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
    int descriptor() const { return paused_until_ ? -1 : socket_.get(); }
    // When to call tick().
    Deadline due() const { return paused_until_; }
    void receive(Time now, std::vector<Session>& sessions, EventLog& log);
    void tick(Time now);
    // All that is there: the last words of those who ended.
    void finish(std::vector<Session>& sessions, EventLog& log);

private:
    bool receive_one(std::vector<Session>& sessions, EventLog& log);

    FileDescriptor socket_;
    uid_t account_;
    std::chrono::milliseconds pause_ = 0ms;  // after what is being read
    Deadline paused_until_;
};

}  // namespace jail::supervisor
