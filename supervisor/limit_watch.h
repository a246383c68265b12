// SPDX-License-Identifier: Apache-2.0
// Notices that the instance met one of its limits: at once where the kernel reports it (v2, and v1's tasks),
// else when a session ends. A jail may meet a limit a thousand times a second: after a report it is quiet for
// a while, and the next one has the sum.
#pragma once

#include <vector>

#include "libjail/base/clock.h"
#include "libjail/base/file_descriptor.h"
#include "supervisor/log/event_log.h"
#include "supervisor/watch/usage.h"

namespace jail::supervisor {

class LimitWatch {
public:
    // Files that cannot be watched are looked at when sessions end. Hits count from the making of the group:
    // one that a killed supervisor left has what that one did not live to report.
    void start(const Usage& usage);

    // For poll(2); -1 while it is to be quiet.
    int descriptor() const { return quiet_until_ ? -1 : changes_.get(); }
    // When to look without having been called.
    Deadline due() const { return quiet_until_; }
    // Reports new hits, except in a quiet time; with `last`, always.
    void look(Time now, const Usage& usage, EventLog& log, bool last = false);

private:
    void forget_changes();

    FileDescriptor changes_;             // epoll(7): as one descriptor
    std::vector<FileDescriptor> files_;  // that change
    LimitHits reported_;
    Deadline quiet_until_;
};

}  // namespace jail::supervisor
