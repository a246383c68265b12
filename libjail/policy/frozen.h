// SPDX-License-Identifier: Apache-2.0
// <run>/frozen/<uid>: the administrator has stopped a running jail (jail-provision freeze). The file has the
// pid of the instance's PID 1, so that one that is left over says nothing about the next instance.
#pragma once

#include <sys/types.h>

#include <string>

#include "libjail/base/result.h"
#include "libjail/policy/paths.h"

namespace jail {

std::string frozen_path(uid_t uid, const std::string& run_directory = paths::kRunDir);

// EUSERS, with a sentence that the account may read, where it is frozen; also where that cannot be known.
Result<> require_not_frozen(uid_t uid, pid_t init);

}  // namespace jail
