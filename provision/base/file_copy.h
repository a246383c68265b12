// SPDX-License-Identifier: Apache-2.0
// A file's content from the host into the store: reflinked where the filesystem can, holes left holes, and
// hashed on the way.
#pragma once

#include <cstdint>
#include <string>

#include "libjail/base/result.h"

namespace jail::provision {

struct CopiedContent {
    std::string hash;
    std::uint64_t bytes = 0;
};

// Reads `source` to its end. `target` is -1 when only the hash is wanted. Write-back of the target is
// started, not awaited. EFBIG: larger than 4 GiB, which no program is.
Result<CopiedContent> copy_content(int source, int target, const std::string& name);

}  // namespace jail::provision
