// SPDX-License-Identifier: Apache-2.0
#include "provision/tree/tree_inventory.h"

#include "provision/base/content_hash.h"
#include "provision/base/file_io.h"
#include "provision/base/replacement.h"

namespace jail::provision {

namespace {

// "jail tree 1\n", then for each entry its path and what it is, each ended by a NUL byte.
constexpr std::string_view kHeader = "jail tree 1\n";
constexpr std::string_view kDirectory = "directory 755 ";
constexpr std::string_view kSymlink = "symlink 777 ";
constexpr std::string_view kProgram = "file 755 ";
constexpr std::string_view kData = "file 644 ";
constexpr std::size_t kMaxInventoryBytes = 256u << 20;

std::string describe_entry(const InventoryEntry& entry) {
    if (entry.kind == EntryKind::kDirectory) return std::string(kDirectory);
    if (entry.kind == EntryKind::kSymlink) return std::string(kSymlink) + entry.content;
    return std::string(entry.executable ? kProgram : kData) + entry.content;
}

bool parse_entry(std::string_view text, InventoryEntry& entry) {
    if (text == kDirectory) return true;
    entry.kind = EntryKind::kSymlink;
    std::string_view prefix = kSymlink;
    if (!text.starts_with(prefix)) {
        entry.kind = EntryKind::kFile;
        entry.executable = text.starts_with(kProgram);
        prefix = entry.executable ? kProgram : kData;
    }
    if (!text.starts_with(prefix)) return false;
    entry.content = text.substr(prefix.size());
    return !entry.content.empty();
}

// The text up to the next NUL byte; false without one.
bool take_field(std::string_view& rest, std::string_view& field) {
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos) return false;
    field = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return true;
}

}  // namespace

std::string encode_inventory(const Inventory& inventory) {
    std::string text(kHeader);
    for (const auto& [path, entry] : inventory) {
        text += path + '\0';
        text += describe_entry(entry) + '\0';
    }
    return text;
}

Result<Inventory> decode_inventory(std::string_view text) {
    const Error damaged(EBADMSG, "read", "the tree's inventory");
    if (!text.starts_with(kHeader)) return damaged;
    text.remove_prefix(kHeader.size());
    Inventory inventory;
    while (!text.empty()) {
        std::string_view path, what;
        InventoryEntry entry;
        if (!take_field(text, path) || !take_field(text, what) || !parse_entry(what, entry)) return damaged;
        inventory.emplace(path, std::move(entry));
    }
    return inventory;
}

std::string tree_id(const Inventory& inventory) {
    return hash_of(encode_inventory(inventory));
}

std::string inventory_path(const Layout& layout, const std::string& tree) {
    return layout.state_dir + "/inventories/" + tree;
}

Result<Inventory> load_inventory(const Layout& layout, const std::string& tree) {
    const std::string path = inventory_path(layout, tree);
    const std::string text = JAIL_TRY(read_file(path, kMaxInventoryBytes));
    if (hash_of(text) != tree) return Error(EBADMSG, "believe", path);
    return decode_inventory(text);
}

}  // namespace jail::provision
