// SPDX-License-Identifier: Apache-2.0
// A jail's /dev once more, to which something can be added: its own is read-only, and every session's.
#pragma once

#include <cstdint>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "libjail/confine/new_mount.h"

namespace jail::supervisor {

// The MOUNT_ATTR_* of what has device files.
inline constexpr std::uint64_t kDeviceMount = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;

// Mounts a new tmpfs on `path` in the calling process's mount namespace, which has to be its own, with what
// was there: the same devices, sockets and file systems by binds, the same links. The result is its root,
// writable.
Result<FileDescriptor> copy_devices(const char* path);

}  // namespace jail::supervisor
