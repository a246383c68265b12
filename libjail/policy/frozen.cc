// SPDX-License-Identifier: Apache-2.0
#include "libjail/policy/frozen.h"

#include "libjail/base/files.h"

namespace jail {

std::string frozen_path(uid_t uid, const std::string& run_directory) {
    return run_directory + "/frozen/" + std::to_string(uid);
}

Result<> require_not_frozen(uid_t uid, pid_t init) {
    const auto frozen = read_small_file(frozen_path(uid), 64);
    if (!frozen && frozen.error().code() == ENOENT) return success();
    if (frozen && frozen.value() != std::to_string(init)) return success();
    return refused(EUSERS,
                   "this account's sessions are stopped by the administrator (jail-provision freeze)");
}

}  // namespace jail
