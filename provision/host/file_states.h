// SPDX-License-Identifier: Apache-2.0
// The result of lstat(2) for every path that a build looked at, the missing ones too. It is the cache of one
// run, and written to disk (stamp.h) the exact answer to "has anything changed since?".
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace jail::provision {

enum class FileKind : std::uint8_t { kAbsent, kDirectory, kFile, kSymlink, kOther };

struct FileState {
    FileKind kind = FileKind::kAbsent;
    bool listed = false;  // a directory whose names were read: its times count
    std::uint32_t mode = 0;
    std::uint64_t device = 0, inode = 0, size = 0;
    std::int64_t modified_ns = 0, changed_ns = 0;

    // The same file with the same content, as far as the kernel's book-keeping tells.
    bool same_as(const FileState& other) const;
    // Changed so lately that another change could carry the same time stamps.
    bool racy(std::int64_t now_ns) const;
};

FileState read_state(const std::string& path);
std::int64_t now_ns();

class FileStates {
public:
    const FileState& of(const std::string& path);
    void mark_listed(const std::string& path) { states_[path].listed = true; }
    const std::unordered_map<std::string, FileState>& all() const { return states_; }

private:
    std::unordered_map<std::string, FileState> states_;
};

}  // namespace jail::provision
