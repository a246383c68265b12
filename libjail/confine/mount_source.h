// SPDX-License-Identifier: Apache-2.0
// The part of the host's mount table that `mounts:` and the home bring into a jail. jail-provision makes the
// same checks before it publishes as a login does, so that a policy that passes there does not fail here.
#pragma once

#include <cstdint>
#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail {

// The source of a mount, O_PATH: trusted directories (trusted_store.h) down to its own, in which it is of any
// kind and of any owner's, but no symlink. EPERM: an account can change what has this name. EINVAL: it lies
// on a file system of the kernel's own (proc, autofs), or of an account's, which no jail has.
Result<FileDescriptor> open_mount_source(const std::string& path);

// The mounts below a directory of the host: a bind mount alone would show the empty directories under them.
struct Submounts {
    bool any = false;
    std::string unfit;  // the first that no jail may have, "/srv/x/proc (proc)"; empty: all may come along
};

// `directory` is O_PATH and is at `path`, which has no symlink in it. It makes no request to the file
// systems: a network file system that hangs does not block it.
Result<Submounts> find_submounts(int directory, const std::string& path);

// The kernel's number of the mount that `fd` is on. (A device says less: overlayfs has several.)
Result<std::uint64_t> mount_of(int fd, const std::string& path);

// Whether a program of an account's answers for the file system of that mount (fusermount(1)): owners and
// modes there are its word.
Result<bool> is_served_by_account(std::uint64_t mount);

}  // namespace jail
