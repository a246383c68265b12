// SPDX-License-Identifier: Apache-2.0
// The differences between two states of a jail.
#pragma once

#include <string>
#include <vector>

#include "provision/tree/tree_inventory.h"

namespace jail::provision {

struct TreeChange {
    enum class Kind { kAdded, kRemoved, kChanged };
    Kind kind = Kind::kChanged;
    std::string path;
    std::string what;  // of a change: "content", "mode 644 -> 755", "symlink a -> b", "file -> directory"
};

// By path. A directory that comes or goes with everything in it is told by its files.
std::vector<TreeChange> compare(const Inventory& from, const Inventory& to);

}  // namespace jail::provision
