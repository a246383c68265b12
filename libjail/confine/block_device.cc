// SPDX-License-Identifier: Apache-2.0
#include "libjail/confine/block_device.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "libjail/confine/cgroup_files.h"

namespace jail {

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
    return cgroup_files::read_value(device + "/../dev");
}

}  // namespace jail
