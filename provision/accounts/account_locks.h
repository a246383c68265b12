// SPDX-License-Identifier: Apache-2.0
// <state>/locks/<uid>: accounts that the administrator has locked (libjail/policy/account_lock.h).
#pragma once

#include <cstdint>
#include <string>

#include "libjail/base/result.h"
#include "provision/base/layout.h"

namespace jail::provision {

bool is_locked(const Layout& layout, std::uint32_t uid);
// The caller holds the state lock.
Result<> lock_account(const Layout& layout, std::uint32_t uid, const std::string& reason);
Result<> unlock_account(const Layout& layout, std::uint32_t uid);

}  // namespace jail::provision
