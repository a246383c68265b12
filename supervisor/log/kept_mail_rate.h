// How full an account's bucket of mails is, from one supervisor to the next: otherwise an account that logs
// out and in again would have a full one each time.
#pragma once

#include <sys/types.h>

#include "libjail/base/clock.h"

namespace jail::supervisor {

// <run>/rates/<uid>.mail, below a directory that RunDirectory has made or has found to be root's alone. When
// the bucket is full: in the past where nothing is kept, far away where what is kept cannot be read.
Time load_mail_rate(uid_t uid, Time now);

// Removes the file where the bucket is full. A file that cannot be written is no reason to keep an instance:
// the next supervisor starts with a full bucket then.
void keep_mail_rate(uid_t uid, Time full_at, Time now);

}  // namespace jail::supervisor
