// SPDX-License-Identifier: Apache-2.0
// New file systems, by fsopen(2) and fsmount(2) (Linux 5.2 and newer): detached, so that no process but the
// caller's can reach them before mount::attach() (mount.h).
#pragma once

#include <sys/mount.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::mount {

// MOUNT_ATTR_* sets that the jail's mounts have. No mount of a jail is ever without nosuid.
inline constexpr std::uint64_t kData = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
inline constexpr std::uint64_t kReadOnlyTree = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;

using Option = std::pair<const char*, std::string>;

// A new file system instance of `type` ("tmpfs", "proc", "devpts"), detached.
Result<FileDescriptor> create(const char* type, std::initializer_list<Option> options,
                              std::uint64_t attributes);

}  // namespace jail::mount
