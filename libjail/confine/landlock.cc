// SPDX-License-Identifier: Apache-2.0
#include "libjail/confine/landlock.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "libjail/base/directory.h"
#include "libjail/base/file_descriptor.h"

namespace jail::landlock {
namespace {

constexpr int kFirstUsable = 2;

Result<> allow(int ruleset, int place, std::uint64_t rights, const std::string& name) {
    landlock_path_beneath_attr rule = {};
    rule.allowed_access = rights;
    rule.parent_fd = place;
    if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
        return errno_error("landlock_add_rule", name);
    return success();
}

Result<bool> is_executable_mount(int place, const std::string& name) {
    struct statvfs status = {};
    if (::fstatvfs(place, &status) != 0) return errno_error("fstatvfs", name);
    return (status.f_flag & ST_NOEXEC) == 0;
}

Result<dev_t> device_of(int place, const std::string& name) {
    struct stat status = {};
    if (::fstat(place, &status) != 0) return errno_error("fstat", name);
    return status.st_dev;
}

// A place where the account writes: root must not go there, not even to look at the mount.
bool is_writable_place(const std::string& path, const std::string& home) {
    return path == home || path == "/tmp" || path == "/run" || path == "/dev" || path == "/proc";
}

struct Walk {
    int ruleset;
    dev_t root_device;
    const std::string& home;
};

// The root directory is a tmpfs with mounts on it (root_directory.h): walks the directories of the tmpfs
// itself, and allows the mounts there.
Result<> allow_mounted_below(const Walk& walk, int directory, const std::string& path) {
    for (const directory::Entry& entry : JAIL_TRY(directory::list(directory, path))) {
        const std::string child = path + "/" + entry.name;
        if ((entry.type != DT_DIR && entry.type != DT_REG) || is_writable_place(child, walk.home)) continue;
        const FileDescriptor place = JAIL_TRY(directory::open_below(directory, entry.name));
        if (JAIL_TRY(is_executable_mount(place.get(), child))) {
            JAIL_TRY(allow(walk.ruleset, place.get(), LANDLOCK_ACCESS_FS_EXECUTE, child));
        } else if (entry.type == DT_DIR && JAIL_TRY(device_of(place.get(), child)) == walk.root_device) {
            JAIL_TRY(allow_mounted_below(walk, place.get(), child));
        }
    }
    return success();
}

}  // namespace

Result<int> version() {
    const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi >= 0) return static_cast<int>(abi);
    if (errno == ENOSYS || errno == EOPNOTSUPP) return 0;  // not built in; not switched on at boot
    return errno_error("landlock_create_ruleset", "for its version");
}

Result<> restrict_execution(const std::string& home) {
    if (JAIL_TRY(version()) < kFirstUsable) return success();
    landlock_ruleset_attr handled = {};
    // Every ruleset denies REFER, renames from one directory to another, that does not handle and allow it.
    handled.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REFER;
    const FileDescriptor ruleset(
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0)));
    if (!ruleset) return errno_error("landlock_create_ruleset");
    const FileDescriptor root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root) return errno_error("open", "/");
    JAIL_TRY(allow(ruleset.get(), root.get(), LANDLOCK_ACCESS_FS_REFER, "/"));
    const Walk walk{ruleset.get(), JAIL_TRY(device_of(root.get(), "/")), home};
    JAIL_TRY(allow_mounted_below(walk, root.get(), ""));
    if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0)
        return errno_error("landlock_restrict_self");
    return success();
}

Result<> deny_files() {
    constexpr std::uint64_t kOfFirst = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;  // all of ABI 1
    const int abi = JAIL_TRY(version());
    if (abi == 0) return success();
    landlock_ruleset_attr handled = {};
    handled.handled_access_fs = kOfFirst | (abi >= kFirstUsable ? LANDLOCK_ACCESS_FS_REFER : 0);
    const FileDescriptor ruleset(
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0)));
    if (!ruleset) return errno_error("landlock_create_ruleset");
    if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0)
        return errno_error("landlock_restrict_self");
    return success();
}

}  // namespace jail::landlock
