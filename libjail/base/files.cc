// SPDX-License-Identifier: Apache-2.0
#include "libjail/base/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "libjail/base/file_descriptor.h"

namespace jail {

Result<std::string> read_all(int fd, std::size_t bound, std::string_view name) {
    std::string bytes;
    char buffer[4096];
    for (;;) {
        const ssize_t count = ::read(fd, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno_error("read", name);
        if (count == 0) return bytes;
        if (static_cast<std::size_t>(count) > bound - bytes.size()) return Error(EFBIG, "read", name);
        bytes.append(buffer, static_cast<std::size_t>(count));
    }
}

Result<std::string> read_small_file(int directory, const std::string& name, std::size_t bound) {
    const FileDescriptor file(
        ::openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file) return errno_error("open", name);
    return read_all(file.get(), bound, name);
}

Result<std::string> read_small_file(const std::string& path, std::size_t bound) {
    return read_small_file(AT_FDCWD, path, bound);
}

Result<> write_all(int fd, std::string_view bytes, std::string_view name) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno_error("write", name);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return success();
}

}  // namespace jail
