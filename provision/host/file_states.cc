// SPDX-License-Identifier: Apache-2.0
#include "provision/host/file_states.h"

#include <sys/stat.h>
#include <time.h>

namespace jail::provision {

namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;
constexpr std::int64_t kCoarsestTick = 20'000'000;  // kernels stamp files with a clock of up to 10 ms

std::int64_t nanoseconds(const timespec& time) {
    return time.tv_sec * kNanoseconds + time.tv_nsec;
}

FileKind kind_of(mode_t mode) {
    if (S_ISDIR(mode)) return FileKind::kDirectory;
    if (S_ISREG(mode)) return FileKind::kFile;
    return S_ISLNK(mode) ? FileKind::kSymlink : FileKind::kOther;
}

}  // namespace

bool FileState::same_as(const FileState& other) const {
    if (kind != other.kind) return false;
    if (kind == FileKind::kAbsent) return true;
    if (kind == FileKind::kDirectory && !listed && !other.listed) return true;
    return device == other.device && inode == other.inode && size == other.size && mode == other.mode &&
           modified_ns == other.modified_ns && changed_ns == other.changed_ns;
}

bool FileState::racy(std::int64_t now) const {
    if (kind == FileKind::kAbsent || (kind == FileKind::kDirectory && !listed)) return false;
    return changed_ns > now - kCoarsestTick || modified_ns > now - kCoarsestTick;
}

std::int64_t now_ns() {
    timespec now = {};
    (void)::clock_gettime(CLOCK_REALTIME, &now);
    return nanoseconds(now);
}

FileState read_state(const std::string& path) {
    struct stat status = {};
    FileState state;
    if (::lstat(path.c_str(), &status) != 0) return state;
    state.kind = kind_of(status.st_mode);
    state.mode = status.st_mode & 07777;
    state.device = status.st_dev;
    state.inode = status.st_ino;
    state.size = static_cast<std::uint64_t>(status.st_size);
    state.modified_ns = nanoseconds(status.st_mtim);
    state.changed_ns = nanoseconds(status.st_ctim);
    return state;
}

const FileState& FileStates::of(const std::string& path) {
    const auto [entry, fresh] = states_.try_emplace(path);
    if (fresh) entry->second = read_state(path);
    return entry->second;
}

}  // namespace jail::provision
