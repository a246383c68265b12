// SPDX-License-Identifier: Apache-2.0
// How full an account's bucket of mails is, from one supervisor to the next: otherwise an account that logs
// out and in again would have a full one each time.
#pragma once

#include <sys/types.h>

#include "libjail/base/clock.h"

namespace jail::supervisor {

// <run>/rates/<uid>.mail, below a directory that RunDirectory has made or has found to be root's alone. The
// time when the bucket is full: in the past if there is no file, far in the future if the file cannot be
// read.
Time load_mail_rate(uid_t uid, Time now);

// Removes the file where the bucket is full. A file that cannot be written does not keep the instance: the
// next supervisor then starts with a full bucket.
void keep_mail_rate(uid_t uid, Time full_at, Time now);

}  // namespace jail::supervisor
