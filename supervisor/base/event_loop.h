// SPDX-License-Identifier: Apache-2.0
// One round of a loop around poll(2): sources by name, each with its action, and deadlines.
#pragma once

#include <poll.h>

#include <functional>
#include <vector>

#include "libjail/base/clock.h"
#include "libjail/base/result.h"

namespace jail::supervisor {

class EventLoop {
public:
    using Handler = std::function<void()>;

    // `handle` is called when the descriptor, which is not owned, is readable or has ended; -1: never. `name`
    // is for errors, and has to outlive the round.
    void on(const char* name, int descriptor, Handler handle);
    // `handle` is called when the deadline has passed.
    void at(Deadline deadline, Handler handle);

    // Waits for the first of them, and then calls the handlers of all that is ready or due: those of
    // descriptors before those of deadlines, each in the order in which they were added. Whether a descriptor
    // was ready, or a signal came.
    Result<bool> run();
    // For a handler: no other one is called in this round.
    void stop() { is_stopped_ = true; }

private:
    struct Source {
        const char* name;
        Handler handle;
    };
    struct Timer {
        Time deadline;
        Handler handle;
    };
    Deadline next() const;

    std::vector<pollfd> descriptors_;  // as many as sources_
    std::vector<Source> sources_;
    std::vector<Timer> timers_;
    bool is_stopped_ = false;
};

}  // namespace jail::supervisor
