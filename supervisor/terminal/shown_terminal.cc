// SPDX-License-Identifier: Apache-2.0
#include "supervisor/terminal/shown_terminal.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "libjail/base/directory.h"
#include "libjail/base/path_name.h"
#include "libjail/confine/mount.h"
#include "libjail/confine/namespaces.h"
#include "supervisor/terminal/copied_devices.h"

namespace jail::supervisor {
namespace {

constexpr std::string_view kTerminals = "pts/";
constexpr char kClosed[] = "login";  // below /dev, root's alone, with:
constexpr char kDevice[] = "terminal";
constexpr char kLink[] = "name";

bool is_name(const std::string& name) {
    if (name.empty() || name.front() == '/' || name.back() == '/') return false;
    return ("/" + name + "/").find("/../") == std::string::npos;
}

bool is_numbered(const std::string& name) {
    return name.size() > kTerminals.size() && name.compare(0, kTerminals.size(), kTerminals) == 0 &&
           name.find_first_not_of("0123456789", kTerminals.size()) == std::string::npos;
}

// A device that jails have ("tty"), or a directory that is every session's.
bool is_jails_own(int dev, const std::string& name) {
    struct stat status = {};
    const std::string first = name.substr(0, name.find('/'));
    return ::fstatat(dev, first.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

// Takes terminals of the jail's until one has this name: the kernel gives the lowest number that is free.
// Empty: another session's has it. ENOSPC: the jail may not have so many.
Result<FileDescriptor> take_terminal(int dev, const std::string& name) {
    std::vector<FileDescriptor> lower;
    while (::faccessat(dev, name.c_str(), F_OK, 0) != 0) {
        if (errno != ENOENT) return errno_error("access inside the jail", "/dev/" + name);
        FileDescriptor taken(::openat(dev, "pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
        if (!taken && errno == EMFILE) return Error(ENOSPC, "open inside the jail", "/dev/ptmx");
        if (!taken) return errno_error("open inside the jail", "/dev/ptmx");
        unsigned number = 0;
        if (::ioctl(taken.get(), TIOCGPTN, &number) != 0) return errno_error("number", "terminal");
        if (std::string(kTerminals) + std::to_string(number) == name) return taken;
        lower.push_back(std::move(taken));
    }
    return FileDescriptor();
}

Result<> link_to_device(int directory, const std::string& name) {
    const std::string target = std::string("/dev/") + kClosed + "/" + kDevice;
    if (::symlinkat(target.c_str(), directory, name.c_str()) != 0)
        return errno_error("symlink inside the jail", name);
    return success();
}

// A new directory of root's alone in `dev`. vhangup(2) takes the terminal's descriptors away from what the
// session leaves running; a name that the account can open would give it a new one.
Result<FileDescriptor> close_in(int dev, int device) {
    FileDescriptor closed = JAIL_TRY(directory::make_below(dev, kClosed));
    JAIL_TRY(directory::set_owner(dev, kClosed, 0, 0, 0700));
    JAIL_TRY(directory::write_file(closed.get(), kDevice, "", 0));
    const FileDescriptor place = JAIL_TRY(directory::open_below(closed.get(), kDevice));
    JAIL_TRY(mount::attach(device, place.get(), "the terminal"));
    return closed;
}

// "tty1", "vc/1".
Result<> name_console(int dev, const std::string& name) {
    const std::string parent = name.find('/') == std::string::npos ? "/" : parent_of(name);
    return link_to_device(JAIL_TRY(directory::make_below(dev, parent)).get(), base_of(name));
}

// "pts/3": no process can make a name in a devpts, so the link is mounted on the terminal that has it.
Result<> name_numbered(int dev, int closed, const std::string& name) {
    JAIL_TRY(link_to_device(closed, kLink));
    const FileDescriptor link = JAIL_TRY(directory::open_below(closed, kLink, O_PATH | O_NOFOLLOW));
    const FileDescriptor copy = JAIL_TRY(mount::clone(link.get(), 0, name));
    const FileDescriptor place = JAIL_TRY(directory::open_below(dev, name));
    return mount::attach(copy.get(), place.get(), "/dev/" + name);
}

}  // namespace

Result<ShownTerminal> show_terminal(const std::string& name, int terminal, int init) {
    if (!is_name(name)) return refused(EINVAL, "'" + name + "' is not the name of a terminal below /dev");
    const FileDescriptor own(::open("/proc/self/ns", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!own) return errno_error("open", "/proc/self/ns");
    const FileDescriptor device = JAIL_TRY(mount::clone(terminal, kDeviceMount, "the terminal"));
    JAIL_TRY(namespaces::join_mounts(init, "the jail's mounts"));
    const FileDescriptor old = JAIL_TRY(directory::open_below(AT_FDCWD, "/dev"));
    ShownTerminal shown;
    if (is_numbered(name)) {
        auto taken = take_terminal(old.get(), name);
        if (!taken && taken.error().code() == ENOSPC) return shown;
        shown.covered = JAIL_TRY(std::move(taken));
    } else if (is_jails_own(old.get(), name)) {
        return shown;
    }
    if (::unshare(CLONE_NEWNS) != 0) return errno_error("unshare", "the jail's mounts");
    const FileDescriptor dev = JAIL_TRY(copy_devices("/dev"));
    const FileDescriptor closed = JAIL_TRY(close_in(dev.get(), device.get()));
    JAIL_TRY(is_numbered(name) ? name_numbered(dev.get(), closed.get(), name)
                               : name_console(dev.get(), name));
    JAIL_TRY(mount::restrict(dev.get(), MOUNT_ATTR_RDONLY, "/dev"));
    shown.mounts.reset(::openat(own.get(), "mnt", O_RDONLY | O_CLOEXEC));
    if (!shown.mounts) return errno_error("open", "/proc/self/ns/mnt");
    return shown;
}

}  // namespace jail::supervisor
