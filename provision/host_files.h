// The host's files as a jail would see them: every path is walked component by component below `root`, so
// that a symlink never leads out of it, and each symlink on the way is shown to the visitor.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libjail/file_descriptor.h"
#include "libjail/result.h"
#include "provision/file_states.h"

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
    HostFiles(std::string root, FileStates& states) : root_(std::move(root)), states_(states) {}

    // `create`: a component that is missing counts as a directory to be made; only the last may be absent
    // otherwise as an error ENOENT. ELOOP after 40 symlinks.
    Result<WalkEnd> walk(std::string_view path, PathVisitor* visitor = nullptr, bool create = false);

    const FileState& state(const std::string& canonical) { return states_.of(root_ + canonical); }
    // The regular file that was examined: an error when another one, or one of another mode, has its name
    // now.
    Result<FileDescriptor> open(const std::string& canonical) const;
    // The file, and every directory above it: what a tree has, every account in the jail may read.
    bool everybody_may_read(const std::string& canonical);
    Result<std::vector<std::string>> list(const std::string& canonical);  // names, sorted
    // Paths that match; a pattern without wildcards is returned as it is.
    Result<std::vector<std::string>> glob(const std::string& pattern);
    // The first bytes of a file, for those who look at magic numbers.
    Result<std::string> head(const std::string& canonical, std::size_t bytes) const;

private:
    Result<FileDescriptor> open_examined(const std::string& canonical, std::uint64_t flags) const;
    Result<std::string> read_link(const std::string& canonical) const;

    std::string root_;
    FileStates& states_;
    mutable FileDescriptor root_directory_;                       // opened when it is needed first
    mutable std::unordered_map<std::string, std::string> links_;  // where symlinks point, by canonical path
    std::string searchable_;                                      // the directory that was found so last
};

bool has_wildcard(std::string_view path);
std::string parent_of(std::string_view path);
std::string base_of(std::string_view path);

}  // namespace jail::provision
