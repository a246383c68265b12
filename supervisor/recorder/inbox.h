// SPDX-License-Identifier: Apache-2.0
// Messages of jailshell, or of another of the account's processes, from inside the jail: its refusals
// (libjail/session/denial.h) and how a session's program ended (libjail/session/session_end.h). The rate of
// reading is bounded: further writers wait, or find no room and their message is lost.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "libjail/base/clock.h"
#include "libjail/base/file_descriptor.h"
#include "libjail/session/session_end.h"
#include "supervisor/recorder/report_writer.h"

namespace jail::supervisor {

class Inbox {
public:
    // `socket`: the jail's kInbox, with SO_PASSCRED.
    Inbox(FileDescriptor socket, uid_t account) : socket_(std::move(socket)), account_(account) {}

    // For poll(2); -1 while senders are made to wait.
    int descriptor() const { return paused_until_ ? -1 : socket_.get(); }
    // When to call tick().
    Deadline due() const { return paused_until_; }
    void receive(Time now, ReportWriter& writer);
    void tick(Time now);
    // Reads all that is left: the last messages of processes that ended.
    void finish(ReportWriter& writer);

    // How the program of a session ended, told since its begin; once.
    std::optional<protocol::ProgramEnd> take_end(const std::string& session);
    bool has_ends() const { return !ends_.empty(); }

private:
    bool receive_one(ReportWriter& writer);
    void keep(const SessionEnd& end);

    FileDescriptor socket_;
    uid_t account_;
    std::chrono::milliseconds pause_ = 0ms;  // after what is being read
    Deadline paused_until_;
    std::vector<SessionEnd> ends_;  // the latest ones, each of another session
};

}  // namespace jail::supervisor
