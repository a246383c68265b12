// SPDX-License-Identifier: Apache-2.0
// How full an account's token buckets are, from one recorder to the next: otherwise an account that logs out
// and in again would have a full one each time, and could push older lines out of the audit log.
#pragma once

#include "libjail/base/clock.h"

namespace jail::supervisor {

struct KeptRates {
    Time inside_full_at, limits_full_at;  // in the past: it is full
};

// From the file `rates` (<run>/rates/<uid>), which the supervisor has opened. All are full where it is empty,
// and empty where there is anything else in it.
KeptRates load_rates(int rates, Time now);

// Leaves it empty where all are full.
void keep_rates(int rates, const KeptRates& kept, Time now);

}  // namespace jail::supervisor
