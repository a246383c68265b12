// SPDX-License-Identifier: Apache-2.0
// The tree that a policy asks for, as data: the entries, the sources of their content, and the reasons for
// them.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libjail/base/result.h"

namespace jail::provision {

enum class EntryKind : std::uint8_t { kDirectory, kFile, kSymlink };

struct TreeEntry {
    EntryKind kind = EntryKind::kDirectory;
    bool executable = false;
    std::string source;  // of a file: the host's, canonical; empty: `text` is the content
    std::string text;    // a file's content, or where a symlink points
    std::vector<std::string>
        needed_by;  // "bundle basicshell, command ls", or the path of the entry that loads it

    bool same_file_as(const TreeEntry& other) const {
        return kind == other.kind && executable == other.executable && source == other.source &&
               text == other.text;
    }
};

class TreePlan {
public:
    // Adds the entry or, if the same is there already, one more reason for it. EEXIST: another one is there.
    Result<> add(const std::string& path, TreeEntry entry, std::string_view needed_by);
    const TreeEntry* find(const std::string& path) const;
    // The files that are there for this reason, and those that they need in their turn. Of what more than 64
    // others need, only these.
    std::set<std::string> needed_for(const std::string& reason) const;
    // By path, so that parents come before their children.
    const std::map<std::string, TreeEntry>& entries() const { return entries_; }
    std::size_t file_count() const;

private:
    std::map<std::string, TreeEntry> entries_;
};

}  // namespace jail::provision
