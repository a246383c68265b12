// SPDX-License-Identifier: Apache-2.0
// The clock of all waiting: CLOCK_BOOTTIME, so that setting the host's clock neither keeps an instance nor
// ends it, and a suspended machine's time counts.
#pragma once

#include <time.h>

#include <chrono>
#include <optional>

namespace jail {

using namespace std::chrono_literals;

struct BootClock {
    using duration = std::chrono::milliseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<BootClock>;
    static constexpr bool is_steady = true;

    static time_point now() {
        timespec now = {};
        (void)::clock_gettime(CLOCK_BOOTTIME, &now);
        return time_point(duration(now.tv_sec * 1000LL + now.tv_nsec / 1000000));
    }
};

using Time = BootClock::time_point;
using Deadline = std::optional<Time>;  // empty: never

inline Time now() {
    return BootClock::now();
}

// The earlier of both.
inline Deadline earlier(Deadline one, Deadline other) {
    if (!one || !other) return one ? one : other;
    return *one < *other ? one : other;
}

inline bool is_due(Deadline deadline, Time now) {
    return deadline && *deadline <= now;
}

// For poll(2): milliseconds until then, 0 when it has passed, -1 for never.
inline int poll_timeout(Deadline deadline, Time now) {
    if (!deadline) return -1;
    const auto left = (*deadline - now).count();
    return left <= 0 ? 0 : static_cast<int>(left > 1000000000 ? 1000000000 : left);
}

// Returns early when a signal comes.
inline void pause_for(std::chrono::milliseconds time) {
    const timespec pause = {static_cast<time_t>(time.count() / 1000),
                            static_cast<long>(time.count() % 1000 * 1000000)};
    (void)::nanosleep(&pause, nullptr);
}

}  // namespace jail
