// SPDX-License-Identifier: Apache-2.0
#include "libjail/policy/account_lock.h"

#include "libjail/base/escape.h"
#include "libjail/base/files.h"

namespace jail {

std::string account_lock_path(uid_t uid, const std::string& state_directory) {
    return state_directory + "/locks/" + std::to_string(uid);
}

Result<> require_unlocked(uid_t uid) {
    constexpr std::size_t kMostOfReason = 120;
    const auto reason = read_small_file(account_lock_path(uid), 4096);
    if (!reason && reason.error().code() == ENOENT) return success();
    const std::string text = reason ? printable(reason.value(), kMostOfReason) : std::string();
    return refused(EUSERS, "this account is locked by the administrator" + (text.empty() ? "" : ": " + text));
}

}  // namespace jail
