// SPDX-License-Identifier: Apache-2.0
#include "supervisor/records/terminals.h"
#include "libjail/base/directory.h"
#include "libjail/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>

namespace jail::supervisor::terminals {
namespace {

const dev_t kPtmx = makedev(5, 2);  // Documentation/admin-guide/devices.txt of the kernel

// "tty-index:\t3" in /proc/PID/fdinfo/FD, since Linux 4.14.
std::optional<unsigned> index_of(const std::string& fdinfo) {
    constexpr char kKey[] = "\ntty-index:";
    const auto content = read_small_file(fdinfo);
    const char* const found = content ? std::strstr(content.value().c_str(), kKey) : nullptr;
    if (found == nullptr) return std::nullopt;
    return static_cast<unsigned>(std::strtoul(found + sizeof kKey - 1, nullptr, 10));
}

std::string terminals_of(pid_t init) {
    return "/proc/" + std::to_string(init) + "/root/dev/pts";
}

}  // namespace

dev_t devpts_of(pid_t init) {
    struct stat status = {};
    return ::stat(terminals_of(init).c_str(), &status) == 0 ? status.st_dev : 0;
}

Result<FileDescriptor> watch(pid_t init, FileWatch& changes) {
    return changes.add(terminals_of(init), Change::kTerminals);
}

std::vector<unsigned> held_by(pid_t process, dev_t devpts) {
    std::vector<unsigned> held;
    const std::string proc = "/proc/" + std::to_string(process);
    const FileDescriptor descriptors(::open((proc + "/fd").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptors) return held;  // it has ended
    const auto entries = directory::list(descriptors.get(), proc);
    if (!entries) return held;
    for (const directory::Entry& entry : entries.value()) {
        struct stat status = {};
        if (::fstatat(descriptors.get(), entry.name.c_str(), &status, 0) != 0 || !S_ISCHR(status.st_mode) ||
            status.st_rdev != kPtmx || status.st_dev != devpts)
            continue;
        if (const auto index = index_of(proc + "/fdinfo/" + entry.name)) held.push_back(*index);
    }
    std::sort(held.begin(), held.end());
    held.erase(std::unique(held.begin(), held.end()), held.end());
    return held;
}

}  // namespace jail::supervisor::terminals
