// SPDX-License-Identifier: Apache-2.0
// The host's files as a jail would see them: every path is walked component by component below `root`, so
// that a symlink never leads out of it, and each symlink on the way is shown to the visitor. Names, symlinks
// and contents that an account could have put there are not read (source_trust.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "provision/host/file_states.h"
#include "provision/host/source_trust.h"

namespace jail::provision {

class PathVisitor {
public:
    virtual ~PathVisitor() = default;
    virtual void on_directory(const std::string& path) = 0;
    virtual void on_symlink(const std::string& path, const std::string& target) = 0;
    // True: the walk ends here, successfully (the place below is not the walker's to look at).
    virtual bool stop_at(const std::string& path, bool behind_symlink) = 0;
};

struct WalkEnd {
    std::string path;  // canonical: no symlink in it
    FileKind kind = FileKind::kAbsent;
    bool stopped = false;
};

class HostFiles {
public:
    HostFiles(std::string root, FileStates& states, uid_t owner = 0)
        : root_(std::move(root)), states_(states), trust_(root_, owner) {}

    // Sources that are this account's are as good as root's, but for mounts.
    void accept(uid_t account) { trust_.accept(account); }

    // `create`: a component that is missing counts as a directory to be made; only the last may be absent
    // otherwise as an error ENOENT. ELOOP after 40 symlinks. kUntrusted: an account could have made a symlink
    // on the way. kLeadsOut: the accepted account's leads out of its directories.
    Result<WalkEnd> walk(std::string_view path, PathVisitor* visitor = nullptr, bool create = false);

    const FileState& state(const std::string& canonical) { return states_.of(root_ + canonical); }
    // Whether root alone, or the accepted account, can have put it there.
    Result<> check_source(const std::string& canonical);
    // Where a symlink points.
    Result<std::string> target_of(const std::string& canonical);
    // The regular file that was examined: an error when another one, or one of another mode, has its name
    // now.
    Result<FileDescriptor> open(const std::string& canonical);
    // The file, and every directory above it: what a tree has, every account in the jail may read.
    bool everybody_may_read(const std::string& canonical);
    Result<std::vector<std::string>> list(const std::string& canonical);  // names, sorted
    // Paths that match; a pattern without wildcards is returned as it is.
    Result<std::vector<std::string>> glob(const std::string& pattern);
    // The first bytes of a file, for callers that look at magic numbers.
    Result<std::string> head(const std::string& canonical, std::size_t bytes);

private:
    struct Link {
        std::string target;
        bool accepted = false;  // it, or its directory, is the accepted account's
    };
    Result<FileDescriptor> open_examined(const std::string& canonical, std::uint64_t flags,
                                         struct stat& status);
    Result<Link> read_link(const std::string& canonical);
    Result<> check_stays(const std::string& canonical, std::string_view path);

    std::string root_;
    FileStates& states_;
    SourceTrust trust_;
    std::unordered_map<std::string, Link> links_;  // by canonical path
    std::string searchable_;                       // the directory that was found so last
};

bool has_wildcard(std::string_view path);

}  // namespace jail::provision
