// SPDX-License-Identifier: Apache-2.0
// When a jail's accounts may log in: the keys `expires` and `hours`.
#pragma once

#include <time.h>

#include "libjail/base/result.h"
#include "libjail/policy/manifest.h"

namespace jail {

// EUSERS, with a sentence that the account may read, where `moment` is not among the manifest's times. The
// host's time zone counts, as localtime_r(3) reads it.
Result<> require_login_time(const Manifest& manifest, time_t moment);

bool has_expired(const Manifest& manifest, time_t moment);

}  // namespace jail
