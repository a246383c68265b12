#include "supervisor/ending_instances.h"

namespace jail {

void EndingInstances::add(Instance instance) {
    instance.kill();
    instances_.push_back(std::move(instance));
}

void EndingInstances::add_descriptors(std::vector<pollfd>& waiting) const {
    for (const Instance& instance : instances_) waiting.push_back({instance.pidfd(), POLLIN, 0});
}

void EndingInstances::reap() {
    std::erase_if(instances_, [](Instance& instance) {
        pollfd ended = {instance.pidfd(), POLLIN, 0};
        if (::poll(&ended, 1, 0) != 1) return false;
        (void)instance.stop();  // a child of ours that has ended: there is nothing that could fail
        return true;
    });
}

void EndingInstances::stop() {
    for (Instance& instance : instances_)
        (void)instance.stop();  // killed already; whoever is not there is gone
    instances_.clear();
}

}  // namespace jail
