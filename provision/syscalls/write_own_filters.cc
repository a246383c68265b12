// SPDX-License-Identifier: Apache-2.0
// write_own_filters: run by the build; prints supervisor/own_filters.h: the system-call filters that our own
// processes on the login path load (docs/design/recorder.md), compiled for the machine that builds.
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/filter.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

namespace {

// All that a recorder does with what it was handed: no file by name, no program, no socket but AF_UNIX.
constexpr const char* kOfRecorder[] = {"read",           "write",          "close",         "fstat",
                                       "newfstatat",     "lseek",          "pread64",       "pwrite64",
                                       "ftruncate",      "fcntl",          "poll",          "ppoll",
                                       "connect",        "sendto",         "sendmsg",       "recvfrom",
                                       "recvmsg",        "getpid",         "gettid",        "clock_gettime",
                                       "gettimeofday",   "time",           "nanosleep",     "clock_nanosleep",
                                       "kill",           "tgkill",         "clone",         "clone3",
                                       "wait4",          "waitid",         "pause",         "rt_sigaction",
                                       "rt_sigprocmask", "rt_sigreturn",   "rt_sigsuspend", "restart_syscall",
                                       "exit",           "exit_group",     "brk",           "munmap",
                                       "mremap",         "madvise",        "futex",         "getrandom",
                                       "rseq",           "set_robust_list"};

// Neither a supervisor nor a mail program that it starts needs these.
constexpr const char* kNeverOfSupervisor[] = {
#ifndef __SANITIZE_ADDRESS__  // its search for leaks traces the supervisor at its end
    "ptrace",
#endif
    "process_vm_readv",
    "process_vm_writev",
    "kcmp",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "bpf",
    "perf_event_open",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "quotactl",
    "quotactl_fd",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "open_by_handle_at",
    "iopl",
    "ioperm",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "modify_ldt",
    "fanotify_init",
    "move_pages",
    "migrate_pages",
    "lookup_dcookie",
    "nfsservctl",
    "uselib",
    "vhangup",
    "syslog",
    "personality",
    "remap_file_pages"};

// Once the instance runs, unless more are to come.
constexpr const char* kOfMakingInstances[] = {
    "mount",         "umount2", "pivot_root", "move_mount",    "open_tree", "fsopen",
    "fsconfig",      "fsmount", "fspick",     "mount_setattr", "chroot",    "sethostname",
    "setdomainname", "unshare", "setns",      "mknod",         "mknodat"};

struct ReleaseFilter {
    void operator()(void* context) const { seccomp_release(context); }
};
using Filter = std::unique_ptr<void, ReleaseFilter>;

void check(int code, const char* what) {
    if (code == 0) return;
    std::fprintf(stderr, "write_own_filters: %s: error %d\n", what, -code);
    std::exit(1);
}

Filter make(std::uint32_t otherwise) {
    Filter filter(seccomp_init(otherwise));
    check(filter ? 0 : -ENOMEM, "seccomp_init");
    check(seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)), "architectures");
    (void)seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);  // only speed
    return filter;
}

template <std::size_t N>
void add(const Filter& filter, std::uint32_t action, const char* const (&names)[N]) {
    for (const char* name : names) {
        const int number = seccomp_syscall_resolve_name(name);
        if (number >= 0) check(seccomp_rule_add(filter.get(), action, number, 0), name);
    }
}

void allow_where(const Filter& filter, const char* name, scmp_arg_cmp argument) {
    check(seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, seccomp_syscall_resolve_name(name), 1,
                                 &argument),
          name);
}

Filter recorder() {
    Filter filter = make(SCMP_ACT_ERRNO(EPERM));
    add(filter, SCMP_ACT_ALLOW, kOfRecorder);
    allow_where(filter, "socket", {0, SCMP_CMP_EQ, AF_UNIX, 0});
    allow_where(filter, "prctl", {0, SCMP_CMP_EQ, PR_SET_PDEATHSIG, 0});
    for (const char* name : {"mmap", "mprotect"})
        allow_where(filter, name, {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0});
    return filter;
}

Filter supervisor(bool makes_instances) {
    Filter filter = make(SCMP_ACT_ALLOW);
    add(filter, SCMP_ACT_ERRNO(EPERM), kNeverOfSupervisor);
    if (!makes_instances) add(filter, SCMP_ACT_ERRNO(EPERM), kOfMakingInstances);
    return filter;
}

void print(const char* name, const Filter& filter) {
    const int file = ::memfd_create("filter", MFD_CLOEXEC);
    check(seccomp_export_bpf(filter.get(), file), "seccomp_export_bpf");
    std::vector<sock_filter> program(static_cast<std::size_t>(::lseek(file, 0, SEEK_END)) /
                                     sizeof(sock_filter));
    const auto size = static_cast<ssize_t>(program.size() * sizeof(sock_filter));
    check(::pread(file, program.data(), static_cast<std::size_t>(size), 0) == size ? 0 : -EIO, "read");
    (void)::close(file);
    std::printf("inline constexpr sock_filter %s[] = {\n", name);
    for (const sock_filter& one : program)
        std::printf("    {%u, %u, %u, %uU},\n", one.code, one.jt, one.jf, one.k);
    std::printf("};\n");
}

}  // namespace

int main() {
    std::printf(
        "// Made by write_own_filters.\n#pragma once\n\n#include <linux/filter.h>\n\n"
        "namespace jail::supervisor {\n\n");
    print("kRecorderFilter", recorder());
    print("kSupervisorFilter", supervisor(false));
    print("kInstanceMakerFilter", supervisor(true));
    std::printf("\n}  // namespace jail::supervisor\n");
    return 0;
}
