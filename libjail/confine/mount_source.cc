// SPDX-License-Identifier: Apache-2.0
#include "libjail/confine/mount_source.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "libjail/base/files.h"
#include "libjail/base/syscalls.h"
#include "libjail/policy/manifest.h"
#include "libjail/policy/trusted_store.h"

namespace jail {
namespace {

constexpr char kMountTable[] = "/proc/self/mountinfo";
constexpr std::size_t kMostTableBytes = 16u << 20;

// File systems without a block device that hold somebody's data. Every other one of that kind is the kernel's
// own, or waits for somebody outside the jail to mount something (autofs).
constexpr std::string_view kDataTypes[] = {"tmpfs",    "ramfs",  "overlay", "aufs",     "ecryptfs", "btrfs",
                                           "bcachefs", "zfs",    "nfs",     "nfs4",     "cifs",     "smb3",
                                           "ceph",     "9p",     "afs",     "virtiofs", "lustre",   "gpfs",
                                           "orangefs", "beegfs", "panfs",   "wekafs"};

// A line of proc_pid_mountinfo(5).
struct HostMount {
    std::uint64_t id = 0, parent = 0;
    bool on_block_device = false;
    std::string place, type, options;
};

std::string_view next_word(std::string_view& line) {
    const std::size_t end = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
}

std::uint64_t number(std::string_view word) {
    std::uint64_t value = 0;
    (void)std::from_chars(word.data(), word.data() + word.size(), value);
    return value;
}

// Blanks, tabs, line feeds and backslashes stand there as \ and three octal digits.
std::string unescape(std::string_view word) {
    std::string text;
    for (std::size_t i = 0; i < word.size(); ++i) {
        const bool escaped = word[i] == '\\' && i + 3 < word.size();
        if (!escaped) {
            text += word[i];
            continue;
        }
        text += static_cast<char>((word[i + 1] - '0') * 64 + (word[i + 2] - '0') * 8 + (word[i + 3] - '0'));
        i += 3;
    }
    return text;
}

HostMount parse(std::string_view line) {
    HostMount mount;
    mount.id = number(next_word(line));
    mount.parent = number(next_word(line));
    mount.on_block_device = number(next_word(line)) != 0;  // of "major:minor"; 0: not a device
    (void)next_word(line);                                 // its root
    mount.place = unescape(next_word(line));
    (void)next_word(line);  // its own options
    while (!line.empty() && next_word(line) != "-") {
    }
    mount.type = unescape(next_word(line));
    (void)next_word(line);  // what was mounted
    mount.options = next_word(line);
    return mount;
}

Result<std::vector<HostMount>> read_mount_table() {
    const std::string table = JAIL_TRY(read_small_file(kMountTable, kMostTableBytes));
    std::vector<HostMount> mounts;
    for (std::string_view rest = table; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        mounts.push_back(parse(rest.substr(0, end)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return mounts;
}

// One that fusermount(1) made for an account is served by a program of the account's, outside of the jail.
bool of_an_account(const HostMount& mount) {
    constexpr std::string_view kUser = "user_id=";
    if (mount.type.rfind("fuse", 0) != 0) return false;
    const std::size_t at = mount.options.find(kUser);
    return at == std::string::npos || mount.options.compare(at + kUser.size(), 2, "0,") != 0;
}

bool is_fit(const HostMount& mount) {
    if (of_an_account(mount)) return false;
    return mount.on_block_device || mount.type.rfind("fuse", 0) == 0 ||
           std::find(std::begin(kDataTypes), std::end(kDataTypes), mount.type) != std::end(kDataTypes);
}

const HostMount* find(const std::vector<HostMount>& table, std::uint64_t id) {
    for (const HostMount& mount : table)
        if (mount.id == id) return &mount;
    return nullptr;
}

// As the kernel's recursive copy has it: children of the mount that are below the directory, and all of
// theirs. A mount that another one hides is not listed as a child.
std::vector<const HostMount*> below(const std::vector<HostMount>& table, std::uint64_t top,
                                    const std::string& path) {
    const std::string prefix = path == "/" ? path : path + "/";
    std::vector<const HostMount*> found;
    for (const HostMount& mount : table)
        if (mount.parent == top && mount.id != top && mount.place.rfind(prefix, 0) == 0)
            found.push_back(&mount);
    for (std::size_t i = 0; i < found.size(); ++i)
        for (const HostMount& mount : table)
            if (mount.parent == found[i]->id && mount.id != found[i]->id) found.push_back(&mount);
    return found;
}

}  // namespace

Result<std::uint64_t> mount_of(int fd, const std::string& path) {
    struct statx status = {};
    if (::statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_MNT_ID, &status) != 0)
        return errno_error("statx", path);
    return status.stx_mnt_id;
}

Result<FileDescriptor> open_mount_source(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos || !valid_absolute_path(path)) return Error(EINVAL, "mount", path);
    const FileDescriptor parent = JAIL_TRY(open_trusted_directory(slash == 0 ? "/" : path.substr(0, slash)));
    FileDescriptor source(openat2(parent.get(), path.substr(slash + 1).c_str(), O_PATH,
                                  RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS));
    if (!source) return errno_error("open", path);
    const std::vector<HostMount> table = JAIL_TRY(read_mount_table());
    const HostMount* const above = find(table, JAIL_TRY(mount_of(parent.get(), path)));
    if (above != nullptr && of_an_account(*above))
        return refused(EPERM, above->place + " is a file system that an account's program serves");
    const HostMount* const own = find(table, JAIL_TRY(mount_of(source.get(), path)));
    if (own != nullptr && !is_fit(*own))
        return refused(EINVAL, path + " cannot be mounted: it is of type " + own->type);
    return source;
}

Result<bool> is_served_by_account(std::uint64_t mount) {
    const std::vector<HostMount> table = JAIL_TRY(read_mount_table());
    const HostMount* const found = find(table, mount);
    return found != nullptr && of_an_account(*found);
}

Result<Submounts> find_submounts(int directory, const std::string& path) {
    const std::uint64_t id = JAIL_TRY(mount_of(directory, path));
    const std::vector<HostMount> table = JAIL_TRY(read_mount_table());
    Submounts submounts;
    for (const HostMount* mount : below(table, id, path)) {
        submounts.any = true;
        if (submounts.unfit.empty() && !is_fit(*mount))
            submounts.unfit = mount->place + " (" + mount->type + ")";
    }
    return submounts;
}

}  // namespace jail
