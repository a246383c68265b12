// How full an account's token buckets are, from one supervisor to the next: otherwise an account that logs
// out and in again would have a full one each time, and could push older lines out of the audit log.
#pragma once

#include <sys/types.h>

#include "libjail/base/clock.h"

namespace jail::supervisor {

struct KeptRates {
    Time inside_full_at, limits_full_at, mail_full_at;  // in the past: it is full
};

// <run>/rates/<uid>, below a directory that RunDirectory has made or has found to be root's alone. All are
// full where nothing is kept, and empty where what is kept cannot be read.
KeptRates load_rates(uid_t uid, Time now);

// Removes the file where all are full. A file that cannot be written is no reason to keep an instance: the
// next supervisor starts with full buckets then.
void keep_rates(uid_t uid, const KeptRates& rates, Time now);

}  // namespace jail::supervisor
