// SPDX-License-Identifier: Apache-2.0
// Which block device the kernel counts a file's input and output on.
#pragma once

#include <string>

#include "libjail/base/result.h"

namespace jail {

// "<major>:<minor>" of the whole disk (or the device-mapper or md device) that holds the file system of
// `path`, as io.max and blkio.throttle.* take it. ENOTSUP: the file system is on no block device that it can
// be attributed to (overlay, tmpfs, nfs, btrfs).
Result<std::string> block_device_of(const std::string& path);

}  // namespace jail
