// SPDX-License-Identifier: Apache-2.0
#include "supervisor/instance/bind.h"

#include "libjail/base/directory.h"
#include "libjail/confine/mount.h"

namespace jail::supervisor {

Result<> bind(int source, std::uint64_t attributes, int target, const std::string& name) {
    const FileDescriptor copy = JAIL_TRY(mount::clone(source, attributes, name));
    return mount::attach(copy.get(), target, name);
}

// connect(2) needs the socket's mode to allow it, not a writable mount.
Result<> show_socket(int directory, const char* name, int socket, const std::string& path) {
    constexpr std::uint64_t kSocket =
        MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
    JAIL_TRY(directory::write_file(directory, name, "", 0644));
    const FileDescriptor copy = JAIL_TRY(mount::clone(socket, kSocket, path));
    const FileDescriptor target = JAIL_TRY(directory::open_below(directory, name));
    return mount::attach(copy.get(), target.get(), path);
}

}  // namespace jail::supervisor
