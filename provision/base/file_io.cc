#include "provision/base/file_io.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "libjail/base/path_name.h"

namespace jail::provision {

Result<> write_all(int fd, std::string_view bytes, const std::string& name) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno_error("write", name);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return success();
}

Result<std::string> read_file(const std::string& path, std::size_t bound) {
    const FileDescriptor file(
        ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK));
    if (!file) return errno_error("open", path);
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0) return errno_error("stat", path);
    if (!S_ISREG(status.st_mode)) return Error(EINVAL, "read", path);
    std::string bytes;
    // One byte more than it has: the last read says end of file, and growth shows.
    bytes.resize(std::min<std::size_t>(static_cast<std::size_t>(status.st_size), bound) + 1);
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const ssize_t got = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno_error("read", path);
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
        if (filled == bytes.size() && filled <= bound) bytes.resize(std::min(filled * 2, bound + 1));
    }
    if (filled > bound) return Error(EFBIG, "read", path);
    bytes.resize(filled);
    return bytes;
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
    DIR* directory = ::opendir(path.c_str());
    if (!directory) return errno_error("open", path);
    errno = 0;
    while (const dirent* entry = ::readdir(directory)) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") names.push_back(name);
        errno = 0;
    }
    const int code = errno;
    (void)::closedir(directory);
    if (code != 0) return Error(code, "read", path);
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
