// SPDX-License-Identifier: Apache-2.0
#include "supervisor/ending_instances.h"

#include <algorithm>
#include "libjail/base/readable.h"

namespace jail::supervisor {

void EndingInstances::add(Instance instance, bool linger) {
    const bool lingers = linger && instance.watch_for_emptiness();
    if (!lingers) instance.kill();
    instances_.push_back({std::move(instance), lingers});
}

std::size_t EndingInstances::lingering() const {
    return static_cast<std::size_t>(
        std::count_if(instances_.begin(), instances_.end(), [](const Ending& one) { return one.lingers; }));
}

void EndingInstances::add_sources(EventLoop& loop, const std::function<void()>& handle) const {
    for (const Ending& one : instances_) {
        loop.on("PID 1 of a session's instance", one.instance.pidfd(), handle);
        loop.on("the socket to PID 1 of a session's instance", one.lingers ? one.instance.word() : -1,
                handle);
    }
}

void EndingInstances::reap() {
    for (Ending& one : instances_) {
        if (!one.lingers || !one.instance.said_empty()) continue;
        one.lingers = false;
        one.instance.kill();
    }
    std::erase_if(instances_, [](Ending& one) {
        if (!is_readable(one.instance.pidfd())) return false;
        (void)one.instance.stop();  // a child of ours that has ended: this cannot fail
        return true;
    });
}

void EndingInstances::stop() {
    for (Ending& one : instances_) one.instance.kill();
    for (Ending& one : instances_) (void)one.instance.stop();  // one that is not there has ended
    instances_.clear();
}

}  // namespace jail::supervisor
