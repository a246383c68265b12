// SPDX-License-Identifier: Apache-2.0
// poll(2) on one descriptor.
#pragma once

#include <poll.h>

#include <chrono>

#include "libjail/base/clock.h"
#include "libjail/base/result.h"

namespace jail {

// Whether `descriptor` becomes readable within `patience`: it has data, its other end has closed, or it is
// the pidfd of a process that has ended. A signal does not shorten the wait.
inline Result<bool> becomes_readable(int descriptor, std::chrono::milliseconds patience) {
    pollfd one = {descriptor, POLLIN, 0};
    for (const Time deadline = now() + patience;;) {
        const int ready = ::poll(&one, 1, poll_timeout(deadline, now()));
        if (ready >= 0) return ready > 0;
        if (errno != EINTR) return errno_error("poll");
    }
}

// Now, for a caller that reads or asks again later where poll(2) fails.
inline bool is_readable(int descriptor) {
    const Result<bool> readable = becomes_readable(descriptor, std::chrono::milliseconds::zero());
    return readable && readable.value();
}

}  // namespace jail
