// SPDX-License-Identifier: Apache-2.0
#include "supervisor/base/event_loop.h"

#include <cerrno>

namespace jail::supervisor {

void EventLoop::on(const char* name, int descriptor, Handler handle) {
    if (descriptor < 0) return;
    descriptors_.push_back({descriptor, POLLIN, 0});
    sources_.push_back({name, std::move(handle)});
}

void EventLoop::at(Deadline deadline, Handler handle) {
    if (deadline) timers_.push_back({*deadline, std::move(handle)});
}

Deadline EventLoop::next() const {
    Deadline first;
    for (const Timer& timer : timers_) first = earlier(first, timer.deadline);
    return first;
}

Result<bool> EventLoop::run() {
    const int ready = ::poll(descriptors_.data(), descriptors_.size(), poll_timeout(next(), now()));
    if (ready < 0 && errno == EINTR) return true;
    if (ready < 0) return errno_error("poll");
    for (std::size_t i = 0; i < sources_.size() && !is_stopped_; ++i) {
        if (descriptors_[i].revents == 0) continue;
        // It would be ready for ever.
        if ((descriptors_[i].revents & POLLNVAL) != 0) return Error(EBADF, "poll", sources_[i].name);
        sources_[i].handle();
    }
    const Time reached = now();
    for (std::size_t i = 0; i < timers_.size() && !is_stopped_; ++i)
        if (timers_[i].deadline <= reached) timers_[i].handle();
    return ready > 0;
}

}  // namespace jail::supervisor
