// SPDX-License-Identifier: Apache-2.0
#include "libjail/confine/mount.h"

#include <fcntl.h>
#include <sys/syscall.h>

namespace jail::mount {
namespace {

Result<> set_attributes(int mount, std::uint64_t attributes, unsigned flags, std::string_view name) {
    struct mount_attr change = {};
    change.attr_set = attributes;
    if (::mount_setattr(mount, "", AT_EMPTY_PATH | flags, &change, sizeof change) != 0)
        return errno_error("mount_setattr", name);
    return success();
}

Result<FileDescriptor> copy(int source, std::uint64_t attributes, unsigned flags, std::string_view name) {
    FileDescriptor copy(::open_tree(source, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | flags));
    if (!copy) return errno_error("open_tree", name);
    JAIL_TRY(set_attributes(copy.get(), attributes, flags, name));
    return copy;
}

}  // namespace

Result<FileDescriptor> clone(int source, std::uint64_t attributes, std::string_view name_for_errors) {
    return copy(source, attributes, 0, name_for_errors);
}

Result<FileDescriptor> clone_all(int source, std::uint64_t attributes, std::string_view name_for_errors) {
    return copy(source, attributes, AT_RECURSIVE, name_for_errors);
}

Result<> restrict(int mount, std::uint64_t attributes, std::string_view name_for_errors) {
    return set_attributes(mount, attributes, 0, name_for_errors);
}

Result<> attach(int mount, int target, std::string_view name_for_errors) {
    if (::move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
        return errno_error("move_mount", name_for_errors);
    return success();
}

Result<> make_all_private() {
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        return errno_error("make private", "/");
    return success();
}

Result<> pivot_into(int root) {
    if (::fchdir(root) != 0) return errno_error("fchdir", "new root");
    // pivot_root(2), "pivot_root(".", ".")": the old root lies on top of the new one and is taken off at
    // once.
    if (::syscall(SYS_pivot_root, ".", ".") != 0) return errno_error("pivot_root", "new root");
    if (::umount2(".", MNT_DETACH) != 0) return errno_error("umount", "old root");
    if (::chdir("/") != 0) return errno_error("chdir", "/");
    return success();
}

}  // namespace jail::mount
