#include "provision/seccomp_filter.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "libjail/file_descriptor.h"
#include "provision/nearest_name.h"
#include "provision/problem.h"

namespace jail::provision {

namespace {

// Refused with EPERM.
constexpr const char* kDenied[] = {
    // mounts and roots: a jail's are made before the session, and stay
    "mount",
    "mount_setattr",
    "umount",
    "umount2",
    "pivot_root",
    "move_mount",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "open_tree",
    // namespaces (clone is filtered by its flags, clone3 below)
    "unshare",
    "setns",
    // code into the kernel
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "bpf",
    // large attack surfaces that few programs need
    "perf_event_open",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "fanotify_init",
    // keyrings are not namespaced
    "add_key",
    "request_key",
    "keyctl",
    // other processes' memory
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "pidfd_getfd",
    "kcmp",
    "process_madvise",
    // the host's clock, power, swap, accounting and quotas
    "clock_settime",
    "clock_settime64",
    "clock_adjtime",
    "clock_adjtime64",
    "settimeofday",
    "adjtimex",
    "stime",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "quotactl",
    "quotactl_fd",
    "iopl",
    "ioperm",
    // files by handle reach below mounts
    "open_by_handle_at",
    "name_to_handle_at",
    // the kernel's log, the terminal's hangup, the host's names
    "syslog",
    "vhangup",
    "sethostname",
    "setdomainname",
    // obsolete
    "lookup_dcookie",
    "nfsservctl",
    "uselib",
};

// Refused besides, unless `home: {exec: true}`: memory that is a file, executed, would be an uploaded
// program.
constexpr const char* kDeniedWithoutExec[] = {"memfd_create", "memfd_secret"};

// Filtered by arguments, so named apart.
constexpr const char* kSocket = "socket";
constexpr const char* kExecveat = "execveat";
constexpr const char* kClone = "clone";
constexpr const char* kClone3 = "clone3";
constexpr const char* kTerminalInput = "ioctl";

constexpr std::uint64_t kNamespaceFlags[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                             CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
constexpr std::uint64_t kTerminalRequests[] = {TIOCSTI,
                                               TIOCLINUX};  // typing into, and pasting into, a terminal
constexpr std::uint64_t kLow32 = 0xffffffff;  // the kernel looks at no more of an ioctl's request

struct ReleaseFilter {
    void operator()(void* context) const { seccomp_release(context); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

Result<> checked(int code, const char* what) {
    return code == 0 ? success() : Result<>(Error(-code, "compile seccomp rule for", what));
}

bool allowed(const std::vector<std::string>& allow, const char* name) {
    return std::find(allow.begin(), allow.end(), name) != allow.end();
}

Result<> deny(const Filter& filter, const char* name, int code) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR || number < 0) return success();  // this machine has no such call
    return checked(seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(code), number, 0), name);
}

Result<> deny_masked(const Filter& filter, const char* name, unsigned argument, std::uint64_t mask,
                     std::uint64_t value) {
    const int number = seccomp_syscall_resolve_name(name);
    const scmp_arg_cmp comparison = {argument, SCMP_CMP_MASKED_EQ, mask, value};
    return checked(seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(EPERM), number, 1, &comparison), name);
}

// Address families that a network namespace holds in: all others (vsock, packet, alg, bluetooth, ...) either
// reach past it or are much kernel for nobody's use. Newer ones than this list knows are refused as well.
Result<> deny_families(const Filter& filter) {
    constexpr unsigned kAllowed[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
    const int number = seccomp_syscall_resolve_name(kSocket);
    for (unsigned family = 0; family < AF_MAX; ++family) {
        if (std::find(std::begin(kAllowed), std::end(kAllowed), family) != std::end(kAllowed)) continue;
        const scmp_arg_cmp comparison = {0, SCMP_CMP_MASKED_EQ, kLow32, family};
        JAIL_TRY(checked(
            seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(EAFNOSUPPORT), number, 1, &comparison),
            kSocket));
    }
    const scmp_arg_cmp unknown = {0, SCMP_CMP_GE, AF_MAX, 0};
    return checked(seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(EAFNOSUPPORT), number, 1, &unknown),
                   kSocket);
}

Result<> deny_execution_of_memory(const Filter& filter, const std::vector<std::string>& allow) {
    for (const char* name : kDeniedWithoutExec)
        if (!allowed(allow, name)) JAIL_TRY(deny(filter, name, EPERM));
    if (allowed(allow, kExecveat)) return success();
    return deny_masked(filter, kExecveat, 4, AT_EMPTY_PATH, AT_EMPTY_PATH);
}

Result<> add_rules(const Filter& filter, const std::vector<std::string>& allow, bool home_exec) {
    if (!allowed(allow, kSocket)) JAIL_TRY(deny_families(filter));
    if (!home_exec) JAIL_TRY(deny_execution_of_memory(filter, allow));
    for (const char* name : kDenied)
        if (!allowed(allow, name)) JAIL_TRY(deny(filter, name, EPERM));
    // clone3's flags are behind a pointer, out of a filter's reach. ENOSYS makes libc fall back to clone.
    if (!allowed(allow, kClone3)) JAIL_TRY(deny(filter, kClone3, ENOSYS));
    if (!allowed(allow, kClone))
        for (const std::uint64_t flag : kNamespaceFlags) JAIL_TRY(deny_masked(filter, kClone, 0, flag, flag));
    for (const std::uint64_t request : kTerminalRequests)
        JAIL_TRY(deny_masked(filter, kTerminalInput, 1, kLow32, request));
    return success();
}

Result<std::string> export_filter(const Filter& filter) {
    const FileDescriptor file(::memfd_create("seccomp", MFD_CLOEXEC));
    if (!file) return errno_error("memfd_create");
    JAIL_TRY(checked(seccomp_export_bpf(filter.get(), file.get()), "export"));
    const off_t size = ::lseek(file.get(), 0, SEEK_END);
    if (size <= 0) return errno_error("lseek", "the seccomp program");
    std::string program(static_cast<std::size_t>(size), '\0');
    if (::pread(file.get(), program.data(), program.size(), 0) != size)
        return errno_error("read", "the seccomp program");
    return program;
}

}  // namespace

void check_syscall_names(const std::vector<Located<std::string>>& names, Diagnostics& diagnostics) {
    std::vector<std::string> known(std::begin(kDenied), std::end(kDenied));
    known.insert(known.end(), std::begin(kDeniedWithoutExec), std::end(kDeniedWithoutExec));
    known.insert(known.end(), {kClone, kClone3, kSocket, kExecveat});
    for (const Located<std::string>& name : names)
        if (std::find(known.begin(), known.end(), name.value) == known.end())
            diagnostics.add(name.at, "found '" + name.value +
                                         "', expected a system call that jails are refused" +
                                         did_you_mean(name.value, known));
}

Result<std::string> compile_seccomp_filter(const std::vector<std::string>& allow, bool home_exec) {
    const Filter filter(seccomp_init(SCMP_ACT_ALLOW));
    if (!filter) return Error(ENOMEM, "compile", "the seccomp filter");
    // Calls of another architecture (i386, x32 on x86-64) would have other numbers: none of them is allowed.
    JAIL_TRY(checked(seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)),
                     "architectures"));
    // A binary search over call numbers instead of a list; older libseccomp lacks it, and it is only speed.
    (void)seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    JAIL_TRY(add_rules(filter, allow, home_exec));
    return export_filter(filter);
}

}  // namespace jail::provision
