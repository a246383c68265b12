// SPDX-License-Identifier: Apache-2.0
// Many new files onto the disk at once.
#pragma once

#include <string>
#include <vector>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::provision {

// Returns when the files and directories, all on one filesystem, are on the disk. Write-back of the files
// should have been started before.
Result<> sync_all(const std::vector<std::string>& files, const std::vector<std::string>& directories);

// One syncfs(2) in place of `count` times fsync(2), where that is cheaper. False: the caller has to sync
// each.
Result<bool> sync_together(const std::string& directory, std::size_t count);

}  // namespace jail::provision
