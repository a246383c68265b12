// SPDX-License-Identifier: Apache-2.0
// Unix accounts as NSS knows them, and whether a jail can take one.
#pragma once

#include <cstdint>
#include <string>

#include "libjail/base/result.h"

namespace jail::provision {

struct Account {
    std::string name;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string home;
    std::string shell;
};

// ENOENT: the account does not exist.
Result<Account> find_account(const std::string& name);

// A name that may become an account of a jail at all.
Result<> check_account_name(const std::string& name);

// Not root, and no system account unless the administrator said so.
Result<> check_account(const Account& account, bool system_allowed);

// The home must be a directory of the account's own, reached without symlinks through directories that only
// `trusted_owner` (root) can change, and not lie where the jail has places of its own.
Result<> check_home(const Account& account, std::uint32_t trusted_owner = 0);

}  // namespace jail::provision
