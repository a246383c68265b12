// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/fallible_calls.h"

#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

namespace jail::testing {
namespace {

// Of two paths the second argument is named; a descriptor and a path after it: the path.
const std::vector<Fallible> kCalls = {
    // Descriptors and memory run out, disks and networks fail.
    {SYS_open, "open", 0, false, {EMFILE, ENOMEM, EIO}},
    {SYS_openat, "openat", 1, false, {EMFILE, ENOMEM, EIO}},
    {SYS_openat2, "openat2", 1, false, {EMFILE, ENOMEM, EIO}},
    {SYS_read, "read", -1, true, {EIO}},
    {SYS_pread64, "pread64", -1, true, {EIO}},
    {SYS_readv, "readv", -1, true, {EIO}},
    {SYS_write, "write", -1, true, {ENOSPC, EIO}},
    {SYS_writev, "writev", -1, true, {ENOSPC, EIO}},
    {SYS_pwrite64, "pwrite64", -1, true, {ENOSPC, EIO}},
    {SYS_stat, "stat", 0, false, {ENOMEM, EIO}},
    {SYS_lstat, "lstat", 0, false, {ENOMEM, EIO}},
    {SYS_fstat, "fstat", -1, true, {EIO}},
    {SYS_newfstatat, "newfstatat", 1, false, {ENOMEM, EIO}},
    {SYS_statx, "statx", 1, false, {ENOMEM, EIO}},
    {SYS_statfs, "statfs", 0, false, {ENOMEM, EIO}},
    {SYS_access, "access", 0, false, {ENOMEM, EIO}},
    {SYS_faccessat2, "faccessat2", 1, false, {ENOMEM, EIO}},
    {SYS_readlink, "readlink", 0, false, {ENOMEM, EIO}},
    {SYS_readlinkat, "readlinkat", 1, false, {ENOMEM, EIO}},
    {SYS_getdents64, "getdents64", -1, true, {EIO}},
    {SYS_mkdir, "mkdir", 0, false, {ENOSPC, EIO}},
    {SYS_mkdirat, "mkdirat", 1, false, {ENOSPC, EIO}},
    {SYS_mknodat, "mknodat", 1, false, {ENOSPC, EPERM}},
    {SYS_symlinkat, "symlinkat", 0, false, {ENOSPC, EIO}},
    {SYS_unlink, "unlink", 0, false, {EIO}},
    {SYS_unlinkat, "unlinkat", 1, false, {EIO}},
    {SYS_rmdir, "rmdir", 0, false, {EIO}},
    {SYS_rename, "rename", 0, false, {ENOSPC, EIO}},
    {SYS_chmod, "chmod", 0, false, {EPERM, EIO}},
    {SYS_fchmod, "fchmod", -1, true, {EPERM, EIO}},
    {SYS_fchmodat, "fchmodat", 1, false, {EPERM, EIO}},
    {SYS_chown, "chown", 0, false, {EPERM, EIO}},
    {SYS_fchown, "fchown", -1, true, {EPERM, EIO}},
    {SYS_fchownat, "fchownat", 1, false, {EPERM, EIO}},
    {SYS_flock, "flock", -1, true, {ENOLCK}},
    {SYS_fcntl, "fcntl", -1, true, {ENOLCK, EMFILE}},
    {SYS_dup, "dup", -1, true, {EMFILE}},
    {SYS_dup2, "dup2", -1, true, {EMFILE}},
    {SYS_dup3, "dup3", -1, true, {EMFILE}},
    {SYS_close_range, "close_range", -1, false, {ENOSYS}},
    {SYS_pipe2, "pipe2", -1, false, {EMFILE, ENOMEM}},
    {SYS_mmap, "mmap", -1, false, {ENOMEM}},
    {SYS_mprotect, "mprotect", -1, false, {ENOMEM}},
    {SYS_brk, "brk", -1, false, {ENOMEM}},
    {SYS_ioctl, "ioctl", -1, true, {EIO, EPERM}},
    {SYS_poll, "poll", -1, false, {ENOMEM, EINTR}},
    {SYS_ppoll, "ppoll", -1, false, {ENOMEM, EINTR}},
    {SYS_inotify_init1, "inotify_init1", -1, false, {EMFILE}},
    {SYS_inotify_add_watch, "inotify_add_watch", 1, false, {ENOSPC}},
    {SYS_getrandom, "getrandom", -1, false, {EINTR}},
    // Sockets.
    {SYS_socket, "socket", -1, false, {EMFILE, ENOMEM}},
    {SYS_socketpair, "socketpair", -1, false, {EMFILE, ENOMEM}},
    {SYS_setsockopt, "setsockopt", -1, true, {ENOMEM}},
    {SYS_getsockopt, "getsockopt", -1, true, {ENOMEM}},
    {SYS_bind, "bind", -1, true, {ENOSPC, ENOMEM}},
    {SYS_listen, "listen", -1, true, {ENOMEM}},
    {SYS_connect, "connect", -1, true, {EAGAIN, EPERM}},
    {SYS_accept4, "accept4", -1, true, {EMFILE, ECONNABORTED}},
    {SYS_sendto, "sendto", -1, true, {ENOMEM, ENOBUFS}},
    {SYS_sendmsg, "sendmsg", -1, true, {ENOMEM, ETOOMANYREFS}},
    {SYS_recvfrom, "recvfrom", -1, true, {ENOMEM}},
    {SYS_recvmsg, "recvmsg", -1, true, {ENOMEM}},
    // Processes.
    {SYS_clone, "clone", -1, false, {EAGAIN, ENOMEM}},
    {SYS_clone3, "clone3", -1, false, {EPERM, ENOMEM, ENOSPC}},
    {SYS_fork, "fork", -1, false, {EAGAIN, ENOMEM}},
    {SYS_execve, "execve", 0, false, {ENOMEM, EIO}},
    {SYS_wait4, "wait4", -1, false, {EINTR}},
    {SYS_kill, "kill", -1, false, {EPERM}},
    {SYS_pidfd_open, "pidfd_open", -1, false, {EMFILE, ENOMEM}},
    {SYS_pidfd_send_signal, "pidfd_send_signal", -1, true, {EPERM}},
    {SYS_signalfd4, "signalfd4", -1, false, {EMFILE, ENOMEM}},
    {SYS_setsid, "setsid", -1, false, {EPERM}},
    {SYS_prlimit64, "prlimit64", -1, false, {EPERM}},
    {SYS_setrlimit, "setrlimit", -1, false, {EPERM}},
    {SYS_chdir, "chdir", 0, false, {EACCES, ENOMEM}},
    {SYS_fchdir, "fchdir", -1, true, {EACCES}},
    // Privilege and isolation.
    {SYS_prctl, "prctl", -1, false, {EPERM}},
    {SYS_setresuid, "setresuid", -1, false, {EPERM, EAGAIN}},
    {SYS_setresgid, "setresgid", -1, false, {EPERM}},
    {SYS_setuid, "setuid", -1, false, {EPERM, EAGAIN}},
    {SYS_setgid, "setgid", -1, false, {EPERM}},
    {SYS_setgroups, "setgroups", -1, false, {EPERM, ENOMEM}},
    {SYS_getgroups, "getgroups", -1, false, {EPERM}},
    {SYS_capset, "capset", -1, false, {EPERM}},
    {SYS_capget, "capget", -1, false, {EPERM}},
    {SYS_seccomp, "seccomp", -1, false, {EINVAL, ENOMEM}},
    {SYS_setns, "setns", -1, true, {EPERM, ENOMEM}},
    {SYS_unshare, "unshare", -1, false, {EPERM, ENOSPC}},
    {SYS_sethostname, "sethostname", -1, false, {EPERM}},
    {SYS_setdomainname, "setdomainname", -1, false, {EPERM}},
    {SYS_mount, "mount", 1, false, {EPERM, ENOMEM}},
    {SYS_umount2, "umount2", 0, false, {EPERM, EBUSY}},
    {SYS_pivot_root, "pivot_root", 0, false, {EPERM, EBUSY}},
    {SYS_fsopen, "fsopen", 0, false, {EPERM, ENOMEM}},
    {SYS_fsconfig, "fsconfig", -1, true, {EPERM, ENOMEM}},
    {SYS_fsmount, "fsmount", -1, true, {EPERM, ENOSPC}},
    {SYS_open_tree, "open_tree", -1, true, {EPERM, ENOMEM}},
    {SYS_move_mount, "move_mount", -1, true, {EPERM, ENOSPC}},
    {SYS_mount_setattr, "mount_setattr", -1, true, {EPERM, EINVAL}},
};

}  // namespace

const Fallible* find_fallible(long number) {
    const auto found = std::find_if(kCalls.begin(), kCalls.end(),
                                    [&](const Fallible& call) { return call.number == number; });
    return found == kCalls.end() ? nullptr : &*found;
}

}  // namespace jail::testing
