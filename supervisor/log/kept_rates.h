// How full an account's token buckets are, from one supervisor to the next: otherwise an account that logs
// out and in again would have a full one each time, and could push older lines out of the audit log.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace jail::supervisor {

struct KeptRates {
    std::int64_t inside_full_at_ms = 0;  // CLOCK_BOOTTIME; 0: it is full
    std::int64_t limits_full_at_ms = 0;
    std::int64_t mail_full_at_ms = 0;
};

// <run>/rates/<uid>, below a directory that RunDirectory has made or has found to be root's alone. All are
// full where nothing is kept, and empty where what is kept cannot be read.
KeptRates load_rates(uid_t uid, long long now_ms);

// Removes the file where all are full. A file that cannot be written is no reason to keep an instance: the
// next supervisor starts with full buckets then.
void keep_rates(uid_t uid, const KeptRates& rates, long long now_ms);

}  // namespace jail::supervisor
