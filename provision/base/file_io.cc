// SPDX-License-Identifier: Apache-2.0
#include "provision/base/file_io.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "libjail/base/directory.h"
#include "libjail/base/path_name.h"

namespace jail::provision {

Result<std::string> read_file(const std::string& path, std::size_t bound) {
    const FileDescriptor file(
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK));
    if (!file) return errno_error("open", path);
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0) return errno_error("stat", path);
    if (!S_ISREG(status.st_mode)) return Error(EINVAL, "read", path);
    return read_all(file.get(), bound, path);
}

Result<> make_directory(const std::string& path, mode_t mode) {
    if (::mkdir(path.c_str(), 0700) == 0) {
        if (::chmod(path.c_str(), mode) != 0) return errno_error("chmod", path);
        return success();
    }
    if (errno != EEXIST) return errno_error("mkdir", path);
    struct stat status = {};
    if (::lstat(path.c_str(), &status) != 0) return errno_error("stat", path);
    return S_ISDIR(status.st_mode) ? success() : Result<>(Error(ENOTDIR, "mkdir", path));
}

Result<> make_directories(const std::string& path) {
    struct stat status = {};
    if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return success();
    const std::string parent = parent_of(path);
    if (parent != path) JAIL_TRY(make_directories(parent));
    JAIL_TRY(make_directory(path, 0755));
    return sync_directory(parent);
}

Result<> sync_directory(const std::string& path) {
    const FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return errno_error("open", path);
    if (::fsync(directory.get()) != 0) return errno_error("fsync", path);
    return success();
}

Result<std::vector<std::string>> read_names(const std::string& path) {
    std::vector<std::string> names;
    for (directory::Entry& entry : JAIL_TRY(directory::list(path))) names.push_back(std::move(entry.name));
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> names_in(const std::string& path) {
    Result<std::vector<std::string>> names = read_names(path);
    return names ? std::move(names).value() : std::vector<std::string>();
}

std::string random_name() {
    unsigned char bytes[8] = {};
    // Should it fail: a clash is refused by O_EXCL or mkdir anyway.
    [[maybe_unused]] const ssize_t filled = ::getrandom(bytes, sizeof bytes, 0);
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string name;
    for (const unsigned char byte : bytes) {
        name += kDigits[byte >> 4];
        name += kDigits[byte & 15];
    }
    return name;
}

}  // namespace jail::provision
