// SPDX-License-Identifier: Apache-2.0
// A tree on the disk against its inventory: what has been done to it since it was built.
#pragma once

#include <string>
#include <vector>

#include "provision/base/layout.h"
#include "provision/tree/tree_inventory.h"

namespace jail::provision {

struct Drift {
    std::string path;
    std::string
        what;  // "content differs", "owner is 1000:1000, expected 0:0", "missing", "not in the inventory"
    bool missing = false;  // the name does not exist
};

struct Verification {
    std::vector<Drift> drifts;  // by path
    std::size_t entries = 0;
};

// Reads every file. An error: the tree cannot be looked at at all.
Result<Verification> verify_tree(const Layout& layout, const std::string& tree, const Inventory& inventory);

// Makes sure that the next build copies these files anew instead of linking the store's, which share their
// damage.
Result<> distrust_objects(const Layout& layout, const Inventory& inventory, const std::vector<Drift>& drifts);

}  // namespace jail::provision
