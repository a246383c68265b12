// SPDX-License-Identifier: Apache-2.0
#include "provision/tree/generation_diff.h"

namespace jail::provision {

namespace {

const char* name_of(EntryKind kind) {
    if (kind == EntryKind::kDirectory) return "directory";
    return kind == EntryKind::kSymlink ? "symlink" : "file";
}

const char* mode_of(const InventoryEntry& entry) {
    return entry.executable ? "755" : "644";
}

std::string what_changed(const InventoryEntry& from, const InventoryEntry& to) {
    if (from.kind != to.kind) return std::string(name_of(from.kind)) + " -> " + name_of(to.kind);
    if (from.kind == EntryKind::kSymlink) return "symlink " + from.content + " -> " + to.content;
    std::string what = from.content == to.content ? "" : "content";
    if (from.executable != to.executable)
        what += std::string(what.empty() ? "" : ", ") + "mode " + mode_of(from) + " -> " + mode_of(to);
    return what;
}

// Something below it says the same already.
bool told_by_children(const Inventory& inventory, Inventory::const_iterator entry) {
    if (entry->second.kind != EntryKind::kDirectory) return false;
    const auto child = inventory.upper_bound(entry->first + "/");
    return child != inventory.end() && child->first.starts_with(entry->first + "/");
}

}  // namespace

std::vector<TreeChange> compare(const Inventory& from, const Inventory& to) {
    std::vector<TreeChange> changes;
    auto old = from.begin();
    auto now = to.begin();
    while (old != from.end() || now != to.end()) {
        if (now == to.end() || (old != from.end() && old->first < now->first)) {
            if (!told_by_children(from, old)) changes.push_back({TreeChange::Kind::kRemoved, old->first, ""});
            ++old;
        } else if (old == from.end() || now->first < old->first) {
            if (!told_by_children(to, now)) changes.push_back({TreeChange::Kind::kAdded, now->first, ""});
            ++now;
        } else {
            if (!(old->second == now->second))
                changes.push_back(
                    {TreeChange::Kind::kChanged, now->first, what_changed(old->second, now->second)});
            ++old;
            ++now;
        }
    }
    return changes;
}

}  // namespace jail::provision
