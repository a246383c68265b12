// SPDX-License-Identifier: Apache-2.0
#include "provision/syscalls/syscall_groups.h"

#include <fcntl.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>

#include <algorithm>
#include <iterator>

#include "provision/syscalls/refused_sockets.h"

namespace jail::provision {

namespace {

using When = RefusedUse::When;

constexpr RefusedCall kMounts[] = {
    {"mount", "a jail's mounts are made before the session, and stay"},
    {"mount_setattr", "as mount: noexec, nosuid and read-only stay"},
    {"umount", "as mount: what is masked stays masked"},
    {"umount2", "as mount: what is masked stays masked"},
    {"pivot_root", "a jail's root stays"},
    {"move_mount", "as mount"},
    {"fsopen", "as mount; parsers of file systems are attack surface"},
    {"fsconfig", "as fsopen"},
    {"fsmount", "as fsopen"},
    {"fspick", "as fsopen"},
    {"open_tree", "as mount"},
    {"open_tree_attr", "as mount", nullptr, EPERM, 467},
};

// s390 has the two first arguments of clone the other way round.
#ifdef __s390x__
constexpr unsigned kCloneFlags = 1;
#else
constexpr unsigned kCloneFlags = 0;
#endif
constexpr std::uint32_t kNamespaces[] = {CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                         CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
constexpr RefusedUse kNewNamespace = {"with a flag CLONE_NEW*", When::kAnyBit, kCloneFlags, kNamespaces};
constexpr RefusedCall kNamespaceCalls[] = {
    {"unshare", "in a user namespace of its own a process has capabilities, and mounts that are not noexec"},
    {"setns", "a session stays in the namespaces that it was put into"},
    {"clone", "as unshare", &kNewNamespace},
    {"clone3", "its flags lie in memory, where no filter sees them; libc goes on with clone", nullptr,
     ENOSYS},
};

// These two kinds load the module (bridge, 8021q) before anybody's rights are looked at (net/socket.c).
constexpr std::uint32_t kDeviceRequests[] = {SIOCGIFBR,   SIOCSIFBR,   SIOCBRADDBR,
                                             SIOCBRDELBR, SIOCGIFVLAN, SIOCSIFVLAN};
constexpr RefusedUse kDeviceUse = {"of bridges and VLANs", When::kOneOf, 1, kDeviceRequests};
constexpr RefusedCall kModules[] = {
    {"init_module", "code into the kernel"},
    {"finit_module", "code into the kernel"},
    {"delete_module", "code of the kernel"},
    {"bpf", "code into the kernel; its verifier is attack surface"},
    {"ioctl", "has the kernel load a module without any privilege", &kDeviceUse},
};

constexpr RefusedCall kPower[] = {
    {"reboot", "the host's power"}, {"kexec_load", "another kernel"}, {"kexec_file_load", "another kernel"},
    {"swapon", "the host's swap"},  {"swapoff", "the host's swap"},
};

constexpr RefusedCall kClocks[] = {
    {"clock_settime", "the host's clock"}, {"clock_settime64", "the host's clock"},
    {"clock_adjtime", "the host's clock"}, {"clock_adjtime64", "the host's clock"},
    {"settimeofday", "the host's clock"},  {"adjtimex", "the host's clock"},
    {"stime", "the host's clock"},
};

constexpr RefusedCall kRawIo[] = {
    {"iopl", "the host's hardware"},
    {"ioperm", "the host's hardware"},
    {"pciconfig_read", "the host's hardware"},
    {"pciconfig_write", "the host's hardware"},
    {"pciconfig_iobase", "the host's hardware"},
    {"s390_pci_mmio_read", "the host's hardware"},
    {"s390_pci_mmio_write", "the host's hardware"},
};

constexpr RefusedCall kHost[] = {
    {"syslog", "the kernel's log has addresses, and other accounts' faults"},
    {"acct", "the host's accounting of processes"},
    {"sethostname", "a jail's name is its policy's"},
    {"setdomainname", "a jail's name is its policy's"},
    {"vhangup", "terminals are hung up by sshd"},
};

constexpr RefusedCall kFileHandles[] = {
    {"open_by_handle_at", "a handle reaches files below mounts, and outside of the jail"},
    {"name_to_handle_at", "handles are for the call above"},
};

constexpr RefusedCall kIoUring[] = {
    {"io_uring_setup", "what a ring does passes no filter: it has sockets and files of its own"},
    {"io_uring_enter", "as io_uring_setup"},
    {"io_uring_register", "as io_uring_setup"},
};

constexpr std::uint32_t kTerminalRequests[] = {TIOCSTI, TIOCLINUX, TIOCSETD};
constexpr RefusedUse kTerminalUse = {"TIOCSTI, TIOCLINUX, TIOCSETD", When::kOneOf, 1, kTerminalRequests};
constexpr RefusedCall kTerminal[] = {
    {"ioctl", "types or pastes into a terminal that others read (su); loads a line discipline",
     &kTerminalUse},
};

constexpr RefusedCall kDebug[] = {
    {"ptrace", "looks into other processes of the account, and changes them"},
    {"process_vm_readv", "as ptrace"},
    {"process_vm_writev", "as ptrace"},
    {"process_madvise", "as ptrace"},
    {"pidfd_getfd", "other processes' descriptors"},
    {"kcmp", "tells where the kernel's objects lie, one beside the other"},
};

constexpr RefusedCall kPerf[] = {{"perf_event_open", "attack surface; measures the whole machine"}};
constexpr RefusedCall kPageFaults[] = {{"userfaultfd", "holds the kernel in a fault: makes races certain"}};
constexpr RefusedCall kFileEvents[] = {
    {"fanotify_init", "attack surface; tells of files that all jails share"}};

constexpr RefusedCall kKeyrings[] = {
    {"add_key", "keyrings are in no namespace: the uid's and the session's are the host's"},
    {"request_key", "as add_key; starts a program on the host"},
    {"keyctl", "as add_key"},
};

constexpr RefusedCall kQuota[] = {
    {"quotactl", "quotas are the host's"},
    {"quotactl_fd", "quotas are the host's"},
};

constexpr RefusedCall kNuma[] = {
    {"mbind", "attack surface that few programs need; they run without"},
    {"set_mempolicy", "as mbind"},
    {"set_mempolicy_home_node", "as mbind"},
    {"get_mempolicy", "as mbind; tells where others' pages lie"},
    {"migrate_pages", "as mbind; other processes' pages"},
    {"move_pages", "as mbind; other processes' pages"},
};

constexpr RefusedCall kCpuEmulation[] = {
    {"modify_ldt", "16-bit segments: attack surface for emulators only"},
    {"vm86", "as modify_ldt"},
    {"vm86old", "as modify_ldt"},
    {"subpage_prot", "as modify_ldt"},
    {"switch_endian", "as modify_ldt"},
};

// 0 is PER_LINUX, 0xffffffff asks for the present one.
constexpr RefusedUse kOtherPersonality = {"other than 0 and 0xffffffff", When::kMixedBits, 0, {}};
constexpr RefusedCall kPersonalities[] = {
    {"personality", "addresses that are not random, data that is executable", &kOtherPersonality},
};

// Options that headers of 2022 do not all have.
constexpr std::uint32_t kSetMemoryLayout[] = {PR_SET_MM};
constexpr std::uint32_t kSyscallDispatch[] = {59};
constexpr std::uint32_t kCoreScheduling[] = {62};
constexpr RefusedUse kMemoryLayoutUse = {"PR_SET_MM", When::kOneOf, 0, kSetMemoryLayout};
constexpr RefusedUse kDispatchUse = {"PR_SET_SYSCALL_USER_DISPATCH", When::kOneOf, 0, kSyscallDispatch};
constexpr RefusedUse kCoreUse = {"PR_SCHED_CORE", When::kOneOf, 0, kCoreScheduling};
constexpr RefusedCall kProcessOptions[] = {
    {"prctl", "forges what ps shows of a process; for checkpoints only", &kMemoryLayoutUse},
    {"prctl", "system calls that are emulated: attack surface for emulators only", &kDispatchUse},
    {"prctl", "takes the processor's other thread from other accounts", &kCoreUse},
};

// The host's pool (vm.nr_hugepages) is for its databases and virtual machines; no limit of memory counts it.
constexpr std::uint32_t kHugePages[] = {MAP_HUGETLB};
constexpr std::uint32_t kHugeSegment[] = {SHM_HUGETLB};
constexpr RefusedUse kHugeUse = {"with MAP_HUGETLB", When::kAnyBit, 3, kHugePages};
constexpr RefusedUse kHugeSegmentUse = {"with SHM_HUGETLB", When::kAnyBit, 2, kHugeSegment};
constexpr std::uint32_t kHugeFile[] = {MFD_HUGETLB};
constexpr RefusedUse kHugeFileUse = {"with MFD_HUGETLB", When::kAnyBit, 1, kHugeFile};
constexpr RefusedCall kHuge[] = {
    {"mmap", "takes pages from a pool of the host's that no limit of memory counts", &kHugeUse},
    {"mmap2", "as mmap", &kHugeUse},
    {"shmget", "as mmap", &kHugeSegmentUse},
    {"memfd_create", "as mmap", &kHugeFileUse},
};

constexpr RefusedCall kObsolete[] = {
    {"lookup_dcookie", "obsolete"}, {"nfsservctl", "obsolete"}, {"uselib", "obsolete"},
    {"sysfs", "obsolete"},          {"ustat", "obsolete"},      {"_sysctl", "obsolete"},
};

// The kernel limits the whole host (fs.aio-max-nr), not each account. ENOSYS: as of a kernel without it,
// which is what programs go on without.
constexpr RefusedCall kAio[] = {
    {"io_setup", "one account can take what there is for the whole host", nullptr, ENOSYS},
    {"io_submit", "as io_setup", nullptr, ENOSYS},
    {"io_cancel", "as io_setup", nullptr, ENOSYS},
    {"io_destroy", "as io_setup", nullptr, ENOSYS},
    {"io_getevents", "as io_setup", nullptr, ENOSYS},
    {"io_pgetevents", "as io_setup", nullptr, ENOSYS},
};

constexpr std::uint32_t kEmptyPath[] = {AT_EMPTY_PATH};
constexpr RefusedUse kByDescriptor = {"with AT_EMPTY_PATH", When::kAnyBit, 4, kEmptyPath};
constexpr RefusedCall kMemoryFiles[] = {
    {"memfd_create", "a program in memory is an upload that noexec does not hold"},
    {"memfd_secret", "as memfd_create"},
    {"execveat", "as memfd_create: executes what has no path", &kByDescriptor},
};

constexpr std::uint32_t kNotify[] = {F_NOTIFY};
constexpr RefusedUse kNotifyUse = {"F_NOTIFY", When::kOneOf, 1, kNotify};
constexpr RefusedCall kInotify[] = {
    {"inotify_init", "tells that another account of the jail opens a file of the shared tree"},
    {"inotify_init1", "as inotify_init"},
    {"inotify_add_watch", "as inotify_init"},
    {"fcntl", "as inotify_init, by signals", &kNotifyUse},
    {"fcntl64", "as fcntl", &kNotifyUse},
};

// The kernel's memory for them is not charged to any account. ENOLCK: as where there is no room for one.
constexpr std::uint32_t kLocks[] = {F_SETLK, F_SETLKW, F_SETLK64, F_SETLKW64, F_OFD_SETLK, F_OFD_SETLKW};
constexpr RefusedUse kLockUse = {"F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW", When::kOneOf, 1, kLocks};
constexpr RefusedCall kFileLocks[] = {
    {"fcntl", "locks of parts of files: as many as one likes, past the limit of memory", &kLockUse, ENOLCK},
    {"fcntl64", "as fcntl", &kLockUse, ENOLCK},
};

constexpr RefusedCall kIpcObjects[] = {
    {"shmget", "System V and POSIX objects: attack surface that databases need"},
    {"shmat", "as shmget"},
    {"shmctl", "as shmget"},
    {"semget", "as shmget"},
    {"semop", "as shmget"},
    {"semtimedop", "as shmget"},
    {"semctl", "as shmget"},
    {"msgget", "as shmget"},
    {"msgsnd", "as shmget"},
    {"msgrcv", "as shmget"},
    {"msgctl", "as shmget"},
    {"mq_open", "as shmget"},
    {"mq_unlink", "as shmget"},
};

constexpr RefusedCall kPipes[] = {
    {"splice", "pages shared between files and pipes: the kernel failed at it before"},
    {"vmsplice", "as splice"},
    {"tee", "as splice"},
};

constexpr RefusedCall kPriorities[] = {
    {"setpriority", "how the machine is shared is for the limits to say"},
    {"nice", "as setpriority"},
    {"ioprio_set", "as setpriority"},
    {"sched_setscheduler", "as setpriority"},
    {"sched_setparam", "as setpriority"},
    {"sched_setattr", "as setpriority"},
    {"sched_setaffinity", "as setpriority"},
};

// PID 1 of the jail has the account's ids, for kill(2); it is to end what the last session left, in time.
constexpr std::uint32_t kInit[] = {1};
constexpr std::uint32_t kPriorityOfUser[] = {PRIO_USER};
constexpr std::uint32_t kIoPriorityOfUser[] = {3};  // IOPRIO_WHO_USER of linux/ioprio.h
constexpr RefusedUse kOfInit = {"of PID 1", When::kOneOf, 0, kInit};
constexpr RefusedUse kPriorityOfInit = {"of PID 1", When::kOneOf, 1, kInit};
constexpr RefusedUse kPriorityOfAll = {"PRIO_USER", When::kOneOf, 0, kPriorityOfUser};
constexpr RefusedUse kIoPriorityOfAll = {"IOPRIO_WHO_USER", When::kOneOf, 0, kIoPriorityOfUser};
constexpr RefusedCall kFirstProcess[] = {
    {"prlimit64", "the limit of its processor time would end it, and all of the jail with it", &kOfInit},
    {"setpriority", "where it hardly runs, it ends nothing", &kPriorityOfInit},
    {"setpriority", "PID 1 is among them", &kPriorityOfAll},
    {"ioprio_set", "as setpriority", &kPriorityOfInit},
    {"ioprio_set", "as setpriority", &kIoPriorityOfAll},
    {"sched_setscheduler", "as setpriority", &kOfInit},
    {"sched_setparam", "as setpriority", &kOfInit},
    {"sched_setattr", "as setpriority", &kOfInit},
    {"sched_setaffinity", "as setpriority", &kOfInit},
};

constexpr std::uint32_t kWritableCode[] = {PROT_WRITE | PROT_EXEC};
constexpr std::uint32_t kExecutable[] = {PROT_EXEC};
constexpr RefusedUse kMappedWritable = {"with PROT_WRITE and PROT_EXEC", When::kOneOf, 2, kWritableCode,
                                        PROT_WRITE | PROT_EXEC};
constexpr RefusedUse kMadeExecutable = {"with PROT_EXEC", When::kAnyBit, 2, kExecutable};
// A second view of it (mremap of length 0) is writable.
constexpr Condition kSharedMemory = {3, MAP_SHARED | MAP_ANONYMOUS, MAP_SHARED | MAP_ANONYMOUS};
constexpr RefusedUse kSharedExecutable = {"with PROT_EXEC, MAP_SHARED and MAP_ANONYMOUS",
                                          When::kAnyBit,
                                          2,
                                          kExecutable,
                                          0xffffffff,
                                          &kSharedMemory};
constexpr std::uint32_t kExecutableSegment[] = {SHM_EXEC};
constexpr RefusedUse kAttachedExecutable = {"with SHM_EXEC", When::kAnyBit, 2, kExecutableSegment};
constexpr RefusedCall kCode[] = {
    {"mmap", "code that was written by the process itself, a loader or a compiler in it", &kMappedWritable},
    {"mmap2", "as mmap", &kMappedWritable},
    {"mmap", "as mmap: a second view of it can be writable", &kSharedExecutable},
    {"mmap2", "as mmap: a second view of it can be writable", &kSharedExecutable},
    {"shmat", "as mmap: a segment is writable", &kAttachedExecutable},
    {"mprotect", "as mmap: what was written is made code", &kMadeExecutable},
    {"pkey_mprotect", "as mprotect", &kMadeExecutable},
};

constexpr RefusedGroup kGroups[] = {
    {"mounts", Refused::kAlways, kMounts},
    {"namespaces", Refused::kAlways, kNamespaceCalls},
    {"modules", Refused::kAlways, kModules},
    {"power", Refused::kAlways, kPower},
    {"clocks", Refused::kAlways, kClocks},
    {"raw-io", Refused::kAlways, kRawIo},
    {"host", Refused::kAlways, kHost},
    {"file-handles", Refused::kAlways, kFileHandles},
    {"io-uring", Refused::kAlways, kIoUring},
    {"terminal", Refused::kAlways, kTerminal},
    {"debug", Refused::kUnlessAllowed, kDebug},
    {"perf", Refused::kUnlessAllowed, kPerf},
    {"page-faults", Refused::kUnlessAllowed, kPageFaults},
    {"file-events", Refused::kUnlessAllowed, kFileEvents},
    {"keyrings", Refused::kUnlessAllowed, kKeyrings},
    {"quota", Refused::kUnlessAllowed, kQuota},
    {"numa", Refused::kUnlessAllowed, kNuma},
    {"cpu-emulation", Refused::kUnlessAllowed, kCpuEmulation},
    {"personalities", Refused::kUnlessAllowed, kPersonalities},
    {"process-options", Refused::kUnlessAllowed, kProcessOptions},
    {"socket-families", Refused::kUnlessAllowed, refused_sockets::kFamilies},
    {"netlink", Refused::kUnlessAllowed, refused_sockets::kNetlink},
    {"audit", Refused::kUnlessAllowed, refused_sockets::kAudit},
    {"socket-protocols", Refused::kUnlessAllowed, refused_sockets::kSocketProtocols},
    {"socket-filters", Refused::kUnlessAllowed, refused_sockets::kSocketFilters},
    {"huge-pages", Refused::kUnlessAllowed, kHuge},
    {"aio", Refused::kUnlessAllowed, kAio},
    {"obsolete", Refused::kUnlessAllowed, kObsolete},
    {"memory-files", Refused::kWithoutExec, kMemoryFiles},
    {"inotify", Refused::kOnRequest, kInotify},
    {"file-locks", Refused::kOnRequest, kFileLocks},
    {"ipc-objects", Refused::kOnRequest, kIpcObjects},
    {"pipes", Refused::kOnRequest, kPipes},
    {"priorities", Refused::kOnRequest, kPriorities},
    {"writable-code", Refused::kOnRequest, kCode},
    {"first-process", Refused::kAlways, kFirstProcess},  // last: its calls are those of `priorities` first
};

// Found by denying each call of a traced login alone, on x86-64 (docs/SECCOMP.md); with counterparts of other
// architectures, and what a process of ours needs that waits for a session's program.
constexpr std::string_view kEverySession[] = {
    "arch_prctl",   "brk",        "capget",     "chdir",        "chown",
    "clone",        "close",      "dup",        "dup2",         "dup3",
    "execve",       "exit",       "exit_group", "fcntl",        "fcntl64",
    "fork",         "fstat",      "fstat64",    "fstatat64",    "getcwd",
    "getdents64",   "getegid",    "geteuid",    "getgid",       "getgroups",
    "getpeername",  "getpgrp",    "getrandom",  "getresuid",    "getsid",
    "getuid",       "ioctl",      "lseek",      "mmap",         "mmap2",
    "mprotect",     "newfstatat", "open",       "openat",       "openat2",
    "pipe2",        "poll",       "ppoll",      "prctl",        "pread64",
    "read",         "recvfrom",   "recvmsg",    "rt_sigaction", "rt_sigprocmask",
    "rt_sigreturn", "select",     "sendmsg",    "sendto",       "setfsuid",
    "setgid",       "setgroups",  "setresgid",  "setresuid",    "setsid",
    "signalfd4",    "sigreturn",  "socketpair", "stat64",       "vfork",
    "wait4",        "write",
};

}  // namespace

std::span<const std::string_view> calls_of_every_session() {
    return kEverySession;
}

std::span<const RefusedGroup> refused_groups() {
    return kGroups;
}

const RefusedGroup* find_refused_group(std::string_view name) {
    const auto found = std::find_if(std::begin(kGroups), std::end(kGroups),
                                    [&](const RefusedGroup& group) { return name == group.name; });
    return found == std::end(kGroups) ? nullptr : found;
}

const RefusedGroup* group_of_call(std::string_view call) {
    for (const RefusedGroup& group : kGroups)
        for (const RefusedCall& refused : group.calls)
            if (call == refused.name) return &group;
    return nullptr;
}

}  // namespace jail::provision
