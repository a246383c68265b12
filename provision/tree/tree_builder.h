// SPDX-License-Identifier: Apache-2.0
// TreePlan to <state>/trees/<id>: content-addressed files in <state>/store, hard-linked into a staged tree,
// all of it on disk before one rename makes it visible. The caller holds the state lock.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "provision/base/layout.h"
#include "provision/base/progress.h"
#include "provision/host/host_files.h"
#include "provision/host/source_index.h"
#include "provision/tree/tree_inventory.h"
#include "provision/tree/tree_plan.h"

namespace jail::provision {

struct BuiltTree {
    std::string id;
    std::size_t files = 0;
    std::uint64_t bytes = 0;  // of all files
    std::size_t new_files = 0;
    std::uint64_t new_bytes = 0;  // copied now
    bool created = false;         // false: the tree was there already (for digest(): would be created)
    Inventory inventory;
};

// How to handle a tree that is there already.
enum class Existing {
    kKeep,
    kReplace,  // it is damaged: swapped for a new one in one step
};

class TreeBuilder {
public:
    // `progress` is called for every file.
    TreeBuilder(const Layout& layout, HostFiles& files, SourceIndex& index, Progress& progress)
        : layout_(layout), files_(files), index_(index), progress_(progress) {}

    // The tree that build() would make, without writing. new_files and new_bytes count the objects that the
    // store lacks.
    Result<BuiltTree> digest(const TreePlan& plan);
    Result<BuiltTree> build(const TreePlan& plan, Existing existing = Existing::kKeep);

private:
    struct Object {
        std::string hash;
        const char* mode = "644";
        std::string path;  // where the content can be linked from
        bool fresh = false;
    };
    struct Staged;

    Result<BuiltTree> gather(const TreePlan& plan, Staged* staged);
    Result<Object> take(const TreeEntry& entry, const std::string& path, Staged* staged, BuiltTree& tree);
    Result<Object> copy(const TreeEntry& entry, const std::string& path, Staged& staged, BuiltTree& tree);
    Result<> assemble(const TreePlan& plan, Staged& staged);
    Result<> stage_inventory(const Inventory& inventory, Staged& staged);
    Result<> sync_tree(const std::string& id);
    Result<> commit(const BuiltTree& tree, Staged& staged);
    std::string stored(const Object& object) const;

    const Layout& layout_;
    HostFiles& files_;
    SourceIndex& index_;
    Progress& progress_;
};

// Where the store has a file's content.
std::string stored_object(const Layout& layout, const std::string& hash, bool executable);

// Removes what a killed build left. The caller holds the state lock.
void remove_stale_staging(const Layout& layout);

}  // namespace jail::provision
