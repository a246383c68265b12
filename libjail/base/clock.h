#pragma once

#include <time.h>

namespace jail {

// CLOCK_BOOTTIME: a clock that is set neither keeps an instance nor ends it, and a suspended machine's time
// counts.
inline long long now_ms() {
    timespec now = {};
    (void)::clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

}  // namespace jail
