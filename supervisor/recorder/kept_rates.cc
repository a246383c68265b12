// SPDX-License-Identifier: Apache-2.0
#include "supervisor/recorder/kept_rates.h"

#include <unistd.h>

#include <algorithm>

namespace jail::supervisor {

KeptRates load_rates(int rates, Time now) {
    KeptRates kept;
    const ssize_t count = ::pread(rates, &kept, sizeof kept, 0);
    if (count == 0) return {};
    if (count != static_cast<ssize_t>(sizeof kept)) return {now + 1h, now + 1h};
    return kept;
}

void keep_rates(int rates, const KeptRates& kept, Time now) {
    if (std::max(kept.inside_full_at, kept.limits_full_at) <= now)
        (void)!::ftruncate(rates, 0);
    else
        (void)!::pwrite(rates, &kept, sizeof kept, 0);
}

}  // namespace jail::supervisor
