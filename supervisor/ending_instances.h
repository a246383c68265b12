// SPDX-License-Identifier: Apache-2.0
// Instances after their session has ended (`instance: session`), until their last process is gone. The
// supervisor does not block on that: a door that is slow to wait for its child inside would delay all other
// sessions of the account.
#pragma once

#include <functional>
#include <vector>

#include "supervisor/base/event_loop.h"
#include "supervisor/instance/instance.h"

namespace jail::supervisor {

class EndingInstances {
public:
    // Takes over an instance, and ends it; with `linger`, when no process runs in it any more.
    void add(Instance instance, bool linger);

    std::size_t count() const { return instances_.size(); }
    // The number of instances in which processes may go on.
    std::size_t lingering() const;

    // Adds the descriptors that are ready when reap() has something to do: then `handle` is called.
    void add_sources(EventLoop& loop, const std::function<void()>& handle) const;
    void reap();

    // Waits for all of them.
    void stop();

private:
    struct Ending {
        Instance instance;
        bool lingers;
    };
    std::vector<Ending> instances_;
};

}  // namespace jail::supervisor
