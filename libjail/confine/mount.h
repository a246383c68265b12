// SPDX-License-Identifier: Apache-2.0
// Copies of mounts, and the table of a mount namespace, by open_tree(2), mount_setattr(2) and move_mount(2)
// (Linux 5.12 and newer). A mount is made detached, with its attributes, and becomes visible only where
// attach() puts it: a path is never resolved twice, so a caller cannot swap a directory in between.
#pragma once

#include <cstdint>
#include <string_view>

#include "libjail/confine/new_mount.h"

namespace jail::mount {

// A detached copy of the one mount that `source` (O_PATH) is on, rooted at `source`; submounts stay behind.
Result<FileDescriptor> clone(int source, std::uint64_t attributes, std::string_view name_for_errors);

// The same with all that is mounted below `source`; every one of them gets the attributes.
Result<FileDescriptor> clone_all(int source, std::uint64_t attributes, std::string_view name_for_errors);

// Adds attributes to a mount, attached or not; its submounts are left alone.
Result<> restrict(int mount, std::uint64_t attributes, std::string_view name_for_errors);

// Puts a detached mount on `target`, an O_PATH descriptor of a directory or file.
Result<> attach(int mount, int target, std::string_view name_for_errors);

// Stops every mount of this namespace from reaching the host's table and back (mount_namespaces(7),
// MS_PRIVATE).
Result<> make_all_private();

// Makes `root`, an attached mount, the root directory of this mount namespace and detaches the old one. The
// working directory is the new root afterwards.
Result<> pivot_into(int root);

}  // namespace jail::mount
