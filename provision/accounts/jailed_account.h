// SPDX-License-Identifier: Apache-2.0
// Finds the account of a running jail that the administrator wants to reach.
#pragma once

#include <cstdint>
#include <string>

#include "libjail/base/result.h"

namespace jail::provision {

// The uid of an account that belongs to a jail, by itself or by one of its groups, or that has a jail which
// still runs though it no longer belongs there. An error says which of these it is not.
Result<std::uint32_t> find_jailed_account(const std::string& name);

}  // namespace jail::provision
