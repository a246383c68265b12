#include "libjail/block_device.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "libjail/file_descriptor.h"

namespace jail {
namespace {

Result<std::string> read_line(const std::string& path) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return errno_error("open", path);
    char text[64];
    const ssize_t length = ::read(file.get(), text, sizeof text);
    if (length < 0) return errno_error("read", path);
    const std::string line(text, static_cast<std::size_t>(length));
    return line.substr(0, line.find('\n'));
}

}  // namespace

Result<std::string> block_device_of(const std::string& path) {
    struct stat status = {};
    if (::stat(path.c_str(), &status) != 0) return errno_error("stat", path);
    const std::string number =
        std::to_string(major(status.st_dev)) + ":" + std::to_string(minor(status.st_dev));
    const std::string device = "/sys/dev/block/" + number;
    if (major(status.st_dev) == 0 || ::access(device.c_str(), F_OK) != 0)
        return Error(ENOTSUP, "find the block device of", path);
    // Limits are for whole disks: the kernel refuses a partition's number (ENODEV).
    if (::access((device + "/partition").c_str(), F_OK) != 0) return number;
    return read_line(device + "/../dev");
}

}  // namespace jail
