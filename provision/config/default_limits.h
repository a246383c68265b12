// SPDX-License-Identifier: Apache-2.0
// The limits of a jail if its policy does not set them.
#pragma once

#include <cstdint>

#include "libjail/base/result.h"
#include "libjail/policy/manifest.h"
#include "provision/base/layout.h"
#include "provision/config/policy.h"

namespace jail::provision {

// In bytes: a quarter of this machine's memory, or of what the container that this is may use; 64M at least
// and 2G at most. Rounded to 64M, so that what the kernel itself takes, which is another amount in each of
// its versions, makes no new generation.
Result<std::uint64_t> default_memory(const Layout& layout);

// The limits that come into force: what was written, and of the rest the defaults.
Limits limits_in_force(const LimitRequest& written, std::uint64_t default_memory);

}  // namespace jail::provision
