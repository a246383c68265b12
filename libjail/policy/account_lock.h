// SPDX-License-Identifier: Apache-2.0
// <state>/locks/<uid>: the administrator has locked an account (jail-provision lock). The file has the
// reason, a line, or is empty.
#pragma once

#include <sys/types.h>

#include <string>

#include "libjail/base/result.h"
#include "libjail/policy/paths.h"

namespace jail {

std::string account_lock_path(uid_t uid, const std::string& state_directory = paths::kStateDir);

// EUSERS, with a sentence that the account may read, where it is locked; also where that cannot be known.
Result<> require_unlocked(uid_t uid);

}  // namespace jail
