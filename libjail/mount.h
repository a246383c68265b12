// The fd-based mount API (fsopen(2), fsmount(2), open_tree(2), mount_setattr(2), move_mount(2); Linux 5.12
// and newer). A mount is made detached, with its attributes, and becomes visible only where attach() puts it:
// no path is ever resolved twice, and nothing that a caller could have swapped is mounted.
#pragma once

#include <sys/mount.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "libjail/file_descriptor.h"
#include "libjail/result.h"

namespace jail::mount {

// MOUNT_ATTR_* sets that the jail's mounts have. No mount of a jail is ever without nosuid.
inline constexpr std::uint64_t kData = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
inline constexpr std::uint64_t kReadOnlyTree = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

using Option = std::pair<const char*, std::string>;

// A new file system instance of `type` ("tmpfs", "proc", "devpts"), detached.
Result<FileDescriptor> create(const char* type, std::initializer_list<Option> options,
                              std::uint64_t attributes);

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
