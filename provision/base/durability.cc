// SPDX-License-Identifier: Apache-2.0
#include "provision/base/durability.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>

#include "provision/base/file_io.h"

namespace jail::provision {

namespace {

constexpr std::size_t kFewFiles = 16;
constexpr std::uint64_t kLittleDirtyKiB = 64u << 10;  // written within a second by the slowest disk

// How much unwritten data the whole machine has, in KiB: syncfs would wait for all of one filesystem's.
std::uint64_t dirty_kib() {
    const Result<std::string> text = read_file("/proc/meminfo", 64u << 10);
    if (!text) return UINT64_MAX;
    const std::size_t line = text.value().find("\nDirty:");
    if (line == std::string::npos) return UINT64_MAX;
    const std::size_t digits = text.value().find_first_of("0123456789", line);
    std::uint64_t number = UINT64_MAX;
    if (digits != std::string::npos)
        (void)std::from_chars(text.value().data() + digits, text.value().data() + text.value().size(),
                              number);
    return number;
}

}  // namespace

Result<bool> sync_together(const std::string& directory, std::size_t count) {
    // One syncfs is one commit of the journal; a fsync each is hundreds, 0.5 to 4 ms apiece. But on a busy
    // machine syncfs would have to wait for everybody's data. Both report write errors (syncfs since
    // Linux 5.8).
    if (count <= kFewFiles || dirty_kib() >= kLittleDirtyKiB) return false;
    const FileDescriptor any(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!any) return errno_error("open", directory);
    if (::syncfs(any.get()) != 0) return errno_error("syncfs", directory);
    return true;
}

Result<> sync_all(const std::vector<std::string>& files, const std::vector<std::string>& directories) {
    if (!directories.empty() && JAIL_TRY(sync_together(directories[0], files.size() + directories.size())))
        return success();
    // By name: a big tree has more files than a process may have open.
    for (const std::string& path : files) {
        const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
        if (!file) return errno_error("open", path);
        if (::fsync(file.get()) != 0) return errno_error("fsync", path);
    }
    for (const std::string& directory : directories) JAIL_TRY(sync_directory(directory));
    return success();
}

}  // namespace jail::provision
