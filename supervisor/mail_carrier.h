// SPDX-License-Identifier: Apache-2.0
// `mail: true`: takes connections of the jail's sendmail and gives each to a jail-mail process
// (jail_mail.cc). The supervisor reads and writes no byte of a mail. One at a time: what an account's mails
// cost the host is the memory of one, and the others wait in the socket's queue.
#pragma once

#include <sys/types.h>

#include <string>

#include "libjail/base/clock.h"
#include "libjail/base/file_descriptor.h"
#include "supervisor/instance/identity.h"
#include "supervisor/log/event_log.h"

namespace jail::supervisor {

class MailCarrier {
public:
    // `listener`: the jail's kMailSocket, not blocking; empty if its policy has no mail.
    MailCarrier(FileDescriptor listener, const Identity& identity)
        : listener_(std::move(listener)), account_(identity.account), uid_(identity.uid) {}

    // For poll(2), -1 for none: connections that wait, unless one mail is on its way or refused senders are
    // made to wait; the end of that one.
    int descriptor() const { return carrying_ || paused_until_ ? -1 : listener_.get(); }
    int carrying() const { return carrying_.get(); }
    // When to call tick().
    Deadline due() const { return paused_until_; }

    // The next one. Over the account's rate it is refused, at most once a second.
    void accept(Time now, EventLog& log);
    void reap();
    void tick(Time now);

private:
    Result<> start(int connection, bool refuse);

    FileDescriptor listener_;
    std::string account_;
    uid_t uid_;
    FileDescriptor carrying_;  // pidfd
    Deadline paused_until_;
};

}  // namespace jail::supervisor
