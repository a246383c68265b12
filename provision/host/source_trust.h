// SPDX-License-Identifier: Apache-2.0
// Whether an account could change what a build copies. Everything that goes into a tree must lie in places
// that root alone can change: each directory from the host's root down, each symlink that is followed, with
// its own directory, and the file itself, by libjail's rule (trusted_store.h), looked at by descriptor.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::provision {

class SourceTrust {
public:
    // `root` stands before every path; empty: the host's /. `owner` is root, except in tests that do not run
    // as root.
    SourceTrust(std::string root, uid_t owner) : root_(std::move(root)), owner_(owner) {}

    // The account of `source_owner:`: its own files, writable for its group or not, count as root's.
    void accept(uid_t account) { accepted_ = account; }
    bool accepts(uid_t account) const { return accepted_ == account && account != owner_; }

    struct Directory {
        int fd = -1;  // O_PATH; the object's own, good until the next call
        uid_t owner = 0;
        std::uint64_t mount = 0;
    };
    // A canonical path, every component of which is trusted. kUntrusted: one is not, and the message names
    // it.
    Result<Directory> directory(const std::string& canonical);

    // The entry of such a directory; its own status and mount (mount_of).
    Result<> check(const std::string& path, const struct stat& status, std::uint64_t mount,
                   const Directory& above) const;

private:
    struct Open {
        std::string path;
        FileDescriptor fd;
        uid_t owner = 0;
        std::uint64_t mount = 0;
    };
    Result<> enter(const std::string& path, const char* name);

    std::string root_;
    uid_t owner_;
    std::optional<uid_t> accepted_;
    std::vector<Open> open_;  // the directory that was asked for last, and each above it
};

// "/home/secb (owned by secb) can be changed by an account that is not root": the sentence without its cure.
std::string who_can_change(const std::string& path, const struct stat& status, uid_t owner = 0);
// The chmod that takes write access from them, or empty if the owner is the problem.
std::string chmod_against(const struct stat& status, uid_t owner = 0);

}  // namespace jail::provision
