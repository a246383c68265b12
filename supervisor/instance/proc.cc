// SPDX-License-Identifier: Apache-2.0
#include "supervisor/instance/proc.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>

#include "libjail/base/directory.h"
#include "libjail/confine/mount.h"

namespace jail::supervisor {
namespace {

constexpr const char* kMaskedFiles[] = {"interrupts",    "kallsyms",      "kcore",       "key-users",
                                        "keys",          "kmsg",          "kpagecgroup", "kpagecount",
                                        "kpageflags",    "latency_stats", "sched_debug", "slabinfo",
                                        "sysrq-trigger", "timer_list",    "timer_stats", "vmallocinfo"};
constexpr const char* kMaskedDirectories[] = {"acpi", "asound", "scsi", "driver"};
constexpr const char* kReadOnly[] = {"bus", "fs", "irq", "sys"};

// Opens an entry that this kernel may not have: an empty descriptor then. Any other failure is one.
Result<FileDescriptor> open_if_present(int proc, const char* name, std::uint64_t flags = O_PATH) {
    auto entry = directory::open_below(proc, name, flags);
    if (!entry && entry.error().code() == ENOENT) return FileDescriptor();
    return entry;
}

Result<> mask_file(int proc, const char* name, int null_device) {
    const FileDescriptor target = JAIL_TRY(open_if_present(proc, name));
    if (!target) return success();
    const FileDescriptor mask =
        JAIL_TRY(mount::clone(null_device, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC, name));
    return mount::attach(mask.get(), target.get(), name);
}

Result<> mask_directory(int proc, const char* name) {
    const FileDescriptor target = JAIL_TRY(open_if_present(proc, name));
    if (!target) return success();
    const FileDescriptor mask = JAIL_TRY(mount::create(
        "tmpfs", {{"size", "0"}, {"nr_inodes", "2"}, {"mode", "0555"}}, mount::kData | MOUNT_ATTR_RDONLY));
    return mount::attach(mask.get(), target.get(), name);
}

Result<> make_read_only(int proc, const char* name) {
    const FileDescriptor entry = JAIL_TRY(open_if_present(proc, name));
    if (!entry) return success();
    const FileDescriptor copy = JAIL_TRY(mount::clone(entry.get(), MOUNT_ATTR_RDONLY | mount::kData, name));
    return mount::attach(copy.get(), entry.get(), name);
}

// Linux 6.3 and newer, a setting of each pid namespace that can only be tightened: memfd_create(2) makes no
// file that can be executed. The system-call filter refuses the call altogether; this holds where a policy
// gives it back.
Result<> forbid_executable_memory(int proc) {
    const FileDescriptor setting = JAIL_TRY(open_if_present(proc, "sys/vm/memfd_noexec", O_WRONLY));
    if (!setting) return success();
    if (::write(setting.get(), "2", 1) != 1) return errno_error("write", "/proc/sys/vm/memfd_noexec");
    return success();
}

}  // namespace

Result<> mount_proc(int root, bool executable_memory) {
    const FileDescriptor proc = JAIL_TRY(mount::create("proc", {}, mount::kData));
    const FileDescriptor target = JAIL_TRY(directory::make_below(root, "/proc"));
    JAIL_TRY(mount::attach(proc.get(), target.get(), "/proc"));
    if (!executable_memory) JAIL_TRY(forbid_executable_memory(proc.get()));
    // The mask is the jail's own /dev/null, which mount_devices() has just made.
    const FileDescriptor null_device = JAIL_TRY(directory::open_below(root, "/dev/null"));
    for (const char* name : kMaskedFiles) JAIL_TRY(mask_file(proc.get(), name, null_device.get()));
    for (const char* name : kMaskedDirectories) JAIL_TRY(mask_directory(proc.get(), name));
    for (const char* name : kReadOnly) JAIL_TRY(make_read_only(proc.get(), name));
    return success();
}

}  // namespace jail::supervisor
