#include "supervisor/ending_instances.h"

#include <algorithm>

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

void EndingInstances::add_descriptors(std::vector<pollfd>& waiting) const {
    for (const Ending& one : instances_) {
        waiting.push_back({one.instance.pidfd(), POLLIN, 0});
        if (one.lingers) waiting.push_back({one.instance.word(), POLLIN, 0});
    }
}

void EndingInstances::reap() {
    for (Ending& one : instances_) {
        if (!one.lingers || !one.instance.said_empty()) continue;
        one.lingers = false;
        one.instance.kill();
    }
    std::erase_if(instances_, [](Ending& one) {
        pollfd ended = {one.instance.pidfd(), POLLIN, 0};
        if (::poll(&ended, 1, 0) != 1) return false;
        (void)one.instance.stop();  // a child of ours that has ended: there is nothing that could fail
        return true;
    });
}

void EndingInstances::stop() {
    for (Ending& one : instances_) one.instance.kill();
    for (Ending& one : instances_) (void)one.instance.stop();  // whoever is not there is gone
    instances_.clear();
}

}  // namespace jail::supervisor
