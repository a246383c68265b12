// SPDX-License-Identifier: Apache-2.0
#include "supervisor/instance/devices.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "libjail/base/directory.h"
#include "libjail/confine/mount.h"
#include "supervisor/instance/bind.h"

namespace jail::supervisor {
namespace {

struct Device {
    const char* name;
    unsigned minor;
    unsigned major = 1;
};
// Numbers: Documentation/admin-guide/devices.txt of the kernel.
constexpr Device kDevices[] = {{"null", 3},   {"zero", 5},    {"full", 7},
                               {"random", 8}, {"urandom", 9}, {"tty", 0, 5}};

struct Link {
    const char* name;
    const char* target;
};
constexpr Link kLinks[] = {{"fd", "/proc/self/fd"},
                           {"stdin", "/proc/self/fd/0"},
                           {"stdout", "/proc/self/fd/1"},
                           {"stderr", "/proc/self/fd/2"},
                           {"ptmx", "pts/ptmx"}};

Result<> make_nodes(int dev) {
    for (const Device& device : kDevices) {
        if (::mknodat(dev, device.name, S_IFCHR | 0666, makedev(device.major, device.minor)) != 0)
            return errno_error("mknod inside the jail", device.name);
        JAIL_TRY(directory::set_owner(dev, device.name, 0, 0, 0666));
    }
    for (const Link& link : kLinks)
        if (::symlinkat(link.target, dev, link.name) != 0)
            return errno_error("symlink inside the jail", link.name);
    return success();
}

Result<> mount_on(int dev, const char* name, Result<FileDescriptor> mounted) {
    if (!mounted) return std::move(mounted).error();
    const FileDescriptor target = JAIL_TRY(directory::make_below(dev, name));
    return mount::attach(mounted->get(), target.get(), std::string("/dev/") + name);
}

}  // namespace

Result<> mount_devices(int root, std::uint64_t shm_bytes, std::uint32_t terminals, int log) {
    constexpr std::uint64_t kNoFiles = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
    const FileDescriptor dev =
        JAIL_TRY(mount::create("tmpfs", {{"size", "64k"}, {"nr_inodes", "64"}, {"mode", "0755"}}, kNoFiles));
    const FileDescriptor target = JAIL_TRY(directory::make_below(root, "/dev"));
    JAIL_TRY(mount::attach(dev.get(), target.get(), "/dev"));
    JAIL_TRY(make_nodes(dev.get()));
    // An own devpts instance: terminals of other jails and of the host have no name here. gid 5 is tty in
    // Debian.
    JAIL_TRY(mount_on(
        dev.get(), "pts",
        mount::create(
            "devpts",
            {{"ptmxmode", "0666"}, {"mode", "0620"}, {"gid", "5"}, {"max", std::to_string(terminals)}},
            kNoFiles)));
    JAIL_TRY(mount_on(
        dev.get(), "shm",
        mount::create("tmpfs", {{"size", std::to_string(shm_bytes)}, {"nr_inodes", "1024"}, {"mode", "1777"}},
                      mount::kData)));
    if (log >= 0) JAIL_TRY(show_socket(dev.get(), "log", log, "/dev/log"));
    return mount::restrict(dev.get(), MOUNT_ATTR_RDONLY, "/dev");
}

}  // namespace jail::supervisor
