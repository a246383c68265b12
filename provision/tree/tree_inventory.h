// SPDX-License-Identifier: Apache-2.0
// The entries of a tree. The tree's id is the hash of its text, so a stored inventory proves itself, and a
// tree on the disk can be compared with it: <state>/inventories/<tree>.
#pragma once

#include <map>
#include <string>

#include "libjail/base/result.h"
#include "provision/base/layout.h"
#include "provision/tree/tree_plan.h"

namespace jail::provision {

struct InventoryEntry {
    EntryKind kind = EntryKind::kDirectory;
    bool executable = false;  // of a file: mode 755, else 644
    std::string content;      // of a file: its hash; of a symlink: where it points

    bool operator==(const InventoryEntry&) const = default;
};

// By path, as in TreePlan.
using Inventory = std::map<std::string, InventoryEntry>;

std::string encode_inventory(const Inventory& inventory);
// EBADMSG: no inventory, or a damaged one.
Result<Inventory> decode_inventory(std::string_view text);
// The tree's id.
std::string tree_id(const Inventory& inventory);

std::string inventory_path(const Layout& layout, const std::string& tree);
// Of a tree that was built; EBADMSG when its hash is not the tree's id.
Result<Inventory> load_inventory(const Layout& layout, const std::string& tree);

}  // namespace jail::provision
