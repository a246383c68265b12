// SPDX-License-Identifier: Apache-2.0
// One jail from YAML to its published generation: the pipeline that `check`, `build` and `add` share.
#pragma once

#include <string>
#include <vector>

#include "libjail/policy/manifest.h"
#include "provision/base/diagnostics.h"
#include "provision/base/layout.h"
#include "provision/base/undo.h"
#include "provision/tree/tree_builder.h"

namespace jail::provision {

struct BuildOptions {
    bool dry_run = false;
    bool keep_held = false;        // a jail that was rolled back stays where it is
    bool leave_groups = false;     // the caller binds them
    Undo* undo = nullptr;          // takes the publication back if a later step fails
    bool restore = false;          // although unchanged: the tree on the disk is damaged
    bool leave_published = false;  // only the tree
};

struct JailBuild {
    Manifest manifest;
    BuiltTree tree;
    std::vector<GroupRecord> groups;
    bool changed = false;  // a new generation was published (or, in a dry run, would be)
    bool current = false;  // no input had changed, so the build was skipped
    bool held = false;     // rolled back, and left alone
};

// Everything up to the manifest, without reading file contents or writing anything.
void check_jail(const Layout& layout, const std::string& path, Diagnostics& diagnostics);

// The policy as the jail's file says it now, with an empty tree: reads no file's content, and writes nothing.
struct CompiledJail {
    Manifest manifest;
    std::vector<std::string> allowed_calls;  // `syscalls: {allow: ...}`
};
Result<CompiledJail> compile_jail(const Layout& layout, const std::string& jail, Diagnostics& diagnostics);

// The caller holds the state lock unless it is a dry run. Problems of the configuration are in `diagnostics`;
// then the returned error says only that there are some.
Result<JailBuild> build_jail(const Layout& layout, const std::string& jail, const BuildOptions& options,
                             Diagnostics& diagnostics);

}  // namespace jail::provision
