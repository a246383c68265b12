// SPDX-License-Identifier: Apache-2.0
// /dev of a jail: made, not bound, so that its entries are exactly those that are listed here.
#pragma once

#include <cstdint>

#include "libjail/base/result.h"

namespace jail::supervisor {

// Mounts it below an attached root. `terminals`: how many /dev/pts has at most; `log`: the socket to be
// /dev/log, O_PATH, or -1.
Result<> mount_devices(int root, std::uint64_t shm_bytes, std::uint32_t terminals, int log);

}  // namespace jail::supervisor
