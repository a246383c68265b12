// SPDX-License-Identifier: Apache-2.0
// Files that the login path believes. A path is trusted when every component from / down is a directory owned
// by root and not writable by group or others, no component is a symlink, and the file at its end is a
// regular file of root's, likewise not writable by others, and within its bound. (safely_chroot of OpenSSH's
// session.c and snap-confine's validate_bpfpath_is_safe ask for the same.)
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "libjail/policy/manifest.h"

namespace jail {

// The reason why an account other than root can change a component. The one rule for files that root reads,
// copies and mounts by name. The sticky bit makes no difference: an account that can put a file there can be
// the first to do so.
enum class Distrust : std::uint8_t {
    kNone,
    kOwner,     // another account's
    kWritable,  // for its group or for others
};

// `owner` stands in for root where a test does not run as root. A symlink's mode is ignored; its owner
// counts.
Distrust distrust(const struct stat& status, uid_t owner = 0);

// Opens a directory after checking each component; the descriptor is O_PATH. EPERM: a component is not
// trusted.
Result<FileDescriptor> open_trusted_directory(std::string_view absolute_path);

// The account's home on the host: every parent trusted, itself a directory of the account's, no symlink
// anywhere. O_PATH. EPERM: it is another's.
Result<FileDescriptor> open_home(const std::string& path, uid_t uid);

// Content of the trusted file, at most `bound` bytes. EFBIG: larger. ENOENT: the file or a component is
// missing.
Result<std::string> read_trusted_file(std::string_view absolute_path, std::size_t bound = kMaxRecordBytes);

// <state>/accounts/<uid>. ENOENT: this uid is not bound to a jail.
Result<AccountRecord> load_account(std::uint32_t uid);
// <state>/groups/<gid>. ENOENT: this group is not bound to a jail.
Result<GroupRecord> load_group(std::uint32_t gid);
// Of all groups that are bound to a jail. Asks no name service.
Result<std::vector<std::uint32_t>> bound_groups();
// <state>/manifests/<jail>.
Result<Manifest> load_manifest(std::string_view jail);

}  // namespace jail
