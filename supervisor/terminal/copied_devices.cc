// SPDX-License-Identifier: Apache-2.0
#include "supervisor/terminal/copied_devices.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <string>

#include "libjail/base/directory.h"
#include "libjail/confine/mount.h"

namespace jail::supervisor {
namespace {

Result<> copy_link(int from, int to, const std::string& name) {
    char target[PATH_MAX];
    const ssize_t length = ::readlinkat(from, name.c_str(), target, sizeof target - 1);
    if (length < 0) return errno_error("readlink inside the jail", "/dev/" + name);
    target[length] = '\0';
    if (::symlinkat(target, to, name.c_str()) != 0)
        return errno_error("symlink inside the jail", "/dev/" + name);
    return success();
}

Result<> copy_mount(int from, int to, const directory::Entry& entry) {
    const FileDescriptor source = JAIL_TRY(directory::open_below(from, entry.name));
    const FileDescriptor copy = JAIL_TRY(mount::clone_all(source.get(), 0, "/dev/" + entry.name));
    if (entry.type == DT_DIR)
        JAIL_TRY(directory::make_below(to, entry.name));
    else
        JAIL_TRY(directory::write_file(to, entry.name, "", 0));
    const FileDescriptor place = JAIL_TRY(directory::open_below(to, entry.name));
    return mount::attach(copy.get(), place.get(), "/dev/" + entry.name);
}

}  // namespace

Result<FileDescriptor> copy_devices(const char* path) {
    const FileDescriptor old = JAIL_TRY(directory::open_below(AT_FDCWD, path));
    FileDescriptor made = JAIL_TRY(
        mount::create("tmpfs", {{"size", "64k"}, {"nr_inodes", "64"}, {"mode", "0755"}}, kDeviceMount));
    JAIL_TRY(mount::attach(made.get(), old.get(), path));
    for (const directory::Entry& entry : JAIL_TRY(directory::list(old.get(), path)))
        JAIL_TRY(entry.type == DT_LNK ? copy_link(old.get(), made.get(), entry.name)
                                      : copy_mount(old.get(), made.get(), entry));
    return made;
}

}  // namespace jail::supervisor
