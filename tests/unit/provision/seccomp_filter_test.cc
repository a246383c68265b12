// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bit>
#include <cerrno>

#include "under_filter.h"

namespace jail::provision {
namespace {

// With fakeroot. No process listens, so calls that are left to the listener fail with ENOSYS.
TEST(SeccompFilter, LeavesSetnsIntoAUserNamespaceToTheSupervisorForFakeroot) {
    for (const SyscallPolicy& policy :
         {SyscallPolicy{}, SyscallPolicy{{"namespaces"}, {}}, SyscallPolicy{{}, {"setns"}},
          SyscallPolicy{{"debug", "ptrace"}, {}}, SyscallPolicy{{"ptrace"}, {"debug", "setns", "ptrace"}}}) {
        const auto program = compile_seccomp_filter(policy, false, true);
        ASSERT_TRUE(program) << program.error().message();
        EXPECT_EQ(under_program(program.value(),
                                [] {
                                    if (!fails_with(ENOSYS, SYS_setns, -1, CLONE_NEWUSER)) return 1;
                                    constexpr long kNewUser = CLONE_NEWUSER;
                                    for (const long other :
                                         {0L, long{CLONE_NEWNS}, kNewUser | CLONE_NEWNS, kNewUser | 1L << 32})
                                        if (!fails_with(EPERM, SYS_setns, -1, other)) return 2;
                                    if (!fails_with(EPERM, SYS_unshare, CLONE_NEWUSER)) return 3;
                                    if (!fails_with(EPERM, SYS_ptrace, PTRACE_TRACEME, 0, 0, 0)) return 4;
                                    return 0;
                                }),
                  0);
    }
}

TEST(SeccompFilter, RefusesWhatJailsMustNot) {
    EXPECT_EQ(under_filter({},
                           [] {
                               if (!fails_with(EPERM, SYS_mount, "x", "/", "x", 0, 0)) return 1;
                               if (!fails_with(EPERM, SYS_unshare, CLONE_NEWUSER)) return 2;
                               if (!fails_with(EPERM, SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0))
                                   return 3;
                               if (!fails_with(ENOSYS, SYS_clone3, 0, 0)) return 4;
                               if (!fails_with(EPERM, SYS_ptrace, PTRACE_TRACEME, 0, 0, 0)) return 5;
                               if (!fails_with(EPERM, SYS_keyctl, 0, 0, 0, 0, 0)) return 6;
                               if (!fails_with(EPERM, SYS_bpf, 0, 0, 0)) return 7;
                               if (!fails_with(EPERM, SYS_io_uring_setup, 1, 0)) return 9;
                               if (!fails_with(EPERM, SYS_setns, 0, 0)) return 10;
                               return 0;
                           }),
              0);
}

TEST(SeccompFilter, ComparesTerminalRequestsIn32Bits) {
    EXPECT_EQ(under_filter({},
                           [] {
                               if (!fails_with(EPERM, SYS_ioctl, -1, TIOCSTI, 0)) return 1;
                               if (!fails_with(EPERM, SYS_ioctl, -1, TIOCSTI | (1ul << 32), 0)) return 2;
                               if (!fails_with(EPERM, SYS_ioctl, -1, TIOCLINUX | (0xffful << 40), 0))
                                   return 3;
                               if (!fails_with(EBADF, SYS_ioctl, -1, TIOCGWINSZ, 0)) return 4;
                               return 0;
                           }),
              0);
}

TEST(SeccompFilter, LetsOrdinaryProgramsLive) {
    EXPECT_EQ(under_filter({},
                           [] {
                               const pid_t child = ::fork();
                               if (child == 0) ::_exit(7);
                               int status = 0;
                               if (::waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 7)
                                   return 1;
                               if (::getpid() <= 0 || ::access("/", F_OK) != 0) return 2;
                               return 0;
                           }),
              0);
}

#ifdef __x86_64__
TEST(SeccompFilter, RefusesOtherArchitectures) {
    EXPECT_EQ(under_filter({},
                           [] {
                               constexpr long kX32 = 0x40000000;
                               if (!fails_with(ENOSYS, kX32 | SYS_getpid)) return 1;
                               return 0;
                           }),
              0);
}
#endif

// Of what one account could take the whole from the host (docs/SECURITY-MODEL.md, H).
TEST(SeccompFilter, RefusesWhatTheHostHasOneAmountOf) {
    EXPECT_EQ(under_filter(
                  {},
                  [] {
                      if (!fails_with(ENOSYS, SYS_io_setup, 1, nullptr)) return 1;
                      if (!fails_with(ENOSYS, SYS_io_submit, 0, 0, 0)) return 2;
                      constexpr int kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS;
                      if (::mmap(nullptr, 4096, PROT_READ, kAnonymous | MAP_HUGETLB, -1, 0) != MAP_FAILED ||
                          errno != EPERM)
                          return 3;
                      if (::mmap(nullptr, 4096, PROT_READ, kAnonymous, -1, 0) == MAP_FAILED) return 4;
                      if (!fails_with(EPERM, SYS_shmget, 0, 4096, IPC_CREAT | SHM_HUGETLB)) return 5;
                      for (const int option : {SO_ATTACH_FILTER, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF,
                                               SO_ATTACH_REUSEPORT_EBPF})
                          if (!fails_with(EPERM, SYS_setsockopt, -1, SOL_SOCKET, option, 0, 0)) return 6;
                      if (!fails_with(EBADF, SYS_setsockopt, -1, SOL_SOCKET, SO_REUSEADDR, 0, 0)) return 7;
                      if (!fails_with(EBADF, SYS_setsockopt, -1, IPPROTO_TCP, SO_ATTACH_FILTER, 0, 0))
                          return 8;
                      return 0;
                  }),
              0);
    EXPECT_EQ(under_filter({.allow = {"aio", "huge-pages", "socket-filters", "memory-files"}, .deny = {}},
                           [] {
                               if (!fails_with(EFAULT, SYS_io_setup, 1, nullptr)) return 1;
                               if (!fails_with(EBADF, SYS_setsockopt, -1, SOL_SOCKET, SO_ATTACH_FILTER, 0, 0))
                                   return 2;
                               if (fails_with(EPERM, SYS_memfd_create, "x", MFD_HUGETLB)) return 3;
                               return 0;
                           }),
              0);
    EXPECT_EQ(under_filter({.allow = {"memory-files"}, .deny = {}},
                           [] {
                               if (!fails_with(EPERM, SYS_memfd_create, "x", MFD_HUGETLB)) return 1;
                               if (fails_with(EPERM, SYS_memfd_create, "x", 0)) return 2;
                               return 0;
                           }),
              0);
}

TEST(SeccompFilter, TakesBothWaysToWatchFiles) {
    EXPECT_EQ(under_filter({.allow = {}, .deny = {"inotify"}},
                           [] {
                               if (!fails_with(EPERM, SYS_inotify_init1, 0)) return 1;
                               if (!fails_with(EPERM, SYS_fcntl, -1, F_NOTIFY, 0)) return 2;
                               if (!fails_with(EPERM, SYS_fcntl, -1, F_NOTIFY | (1UL << 32), 0)) return 3;
                               if (!fails_with(EBADF, SYS_fcntl, -1, F_GETFD, 0)) return 4;
                               return 0;
                           }),
              0);
}

TEST(SeccompFilter, TakesLocksOfPartsOfFiles) {
    EXPECT_EQ(under_filter({.allow = {}, .deny = {"file-locks"}},
                           [] {
                               for (const int lock : {F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW})
                                   if (!fails_with(ENOLCK, SYS_fcntl, -1, lock, 0)) return 1;
                               if (!fails_with(EBADF, SYS_fcntl, -1, F_GETLK, 0)) return 2;
                               if (!fails_with(EBADF, SYS_flock, -1, LOCK_EX)) return 3;
                               return 0;
                           }),
              0);
}

TEST(SeccompFilter, MemoryIsNotExecutedAsAFileUnlessPolicySaysSo) {
    EXPECT_EQ(under_filter({},
                           [] {
                               if (!fails_with(EPERM, SYS_memfd_create, "x", 0)) return 1;
                               if (!fails_with(EPERM, SYS_execveat, 0, "", nullptr, nullptr, AT_EMPTY_PATH))
                                   return 2;
                               if (!fails_with(EPERM, SYS_execveat, 0, "", nullptr, nullptr,
                                               AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
                                   return 3;
                               return 0;
                           }),
              0);
    EXPECT_NE(compile_seccomp_filter({}, false).value(), compile_seccomp_filter({}, true).value());
}

TEST(SeccompFilter, LeavesThePersonalityOfLinuxAlone) {
    EXPECT_EQ(
        under_filter(
            {},
            [] {
                constexpr unsigned long kAsk = 0xffffffff;
                if (::syscall(SYS_personality, kAsk) != 0) return 1;
                if (::syscall(SYS_personality, ~0UL) != 0) return 2;
                if (::syscall(SYS_personality, 0) != 0) return 3;
                for (int bit = 0; bit < 32; ++bit)
                    for (int width = 1; width < 32; ++width) {
                        const unsigned long run = std::rotl((1u << width) - 1, bit);
                        if (!fails_with(EPERM, SYS_personality, run)) return 4;
                        if (!fails_with(EPERM, SYS_personality, run | (1UL << 40))) return 5;
                    }
                for (const unsigned long mixed : {0x55555555UL, 0xaaaaaaaaUL, 0x0040000UL, 0x10000001UL})
                    if (!fails_with(EPERM, SYS_personality, mixed)) return 6;
                return 0;
            }),
        0);
}

TEST(SeccompFilter, RefusesOptionsOfProcessesIn32Bits) {
    EXPECT_EQ(under_filter({},
                           [] {
                               for (const unsigned long option : {35UL, 59UL, 62UL})
                                   for (const unsigned long high : {0UL, 1UL << 32})
                                       if (!fails_with(EPERM, SYS_prctl, option | high, 0, 0, 0, 0)) return 1;
                               if (::prctl(PR_SET_DUMPABLE, 0) != 0) return 2;
                               if (::prctl(PR_GET_SECCOMP) != SECCOMP_MODE_FILTER) return 3;
                               return 0;
                           }),
              0);
}

TEST(SeccompFilter, GivesBackGroupsButWhatIsDeniedByNameStays) {
    EXPECT_EQ(under_filter({.allow = {"debug"}, .deny = {"kcmp"}},
                           [] {
                               if (fails_with(EPERM, SYS_process_vm_readv, -1, 0, 0, 0, 0, 0)) return 1;
                               if (!fails_with(EPERM, SYS_kcmp, 0, 0, 0, 0, 0)) return 2;
                               return 0;
                           }),
              0);
}

TEST(SeccompFilter, TakesGroupsButWhatIsAllowedByNameStays) {
    EXPECT_EQ(under_filter({.allow = {"tee"}, .deny = {"pipes"}},
                           [] {
                               if (!fails_with(EPERM, SYS_splice, -1, 0, -1, 0, 1, 0)) return 1;
                               if (!fails_with(EBADF, SYS_tee, -1, -1, 1, 0)) return 2;
                               return 0;
                           }),
              0);
}

TEST(SeccompFilter, TakesACallInAllOfItsUses) {
    EXPECT_EQ(under_filter({.allow = {}, .deny = {"prctl", "socketpair", "copy_file_range"}},
                           [] {
                               if (!fails_with(EPERM, SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0)) return 1;
                               if (!fails_with(EAFNOSUPPORT, SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, 0))
                                   return 2;
                               if (!fails_with(EPERM, SYS_copy_file_range, -1, 0, -1, 0, 1, 0)) return 3;
                               return 0;
                           }),
              0);
}

TEST(SeccompFilter, TakesCodeThatAProcessWritesForItself) {
    for (const char* others : {"writable-code", "ipc-objects"})
        EXPECT_EQ(under_filter({.allow = {}, .deny = {"writable-code", others}},
                               [] {
                                   constexpr int kAnonymous = MAP_PRIVATE | MAP_ANONYMOUS;
                                   const auto map = [](int protection) {
                                       return ::mmap(nullptr, 4096, protection, kAnonymous, -1, 0);
                                   };
                                   if (map(PROT_READ | PROT_WRITE | PROT_EXEC) != MAP_FAILED) return 1;
                                   if (map(PROT_WRITE | PROT_EXEC) != MAP_FAILED || errno != EPERM) return 2;
                                   void* data = map(PROT_READ | PROT_WRITE);
                                   if (data == MAP_FAILED || map(PROT_READ | PROT_EXEC) == MAP_FAILED)
                                       return 3;
                                   if (::mprotect(data, 4096, PROT_READ) != 0) return 4;
                                   if (::mprotect(data, 4096, PROT_READ | PROT_EXEC) == 0 || errno != EPERM)
                                       return 5;
                                   if (!fails_with(EPERM, SYS_pkey_mprotect, data, 4096, PROT_EXEC, -1))
                                       return 6;
                                   for (const int type : {MAP_SHARED, MAP_SHARED_VALIDATE})
                                       if (::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, type | MAP_ANONYMOUS,
                                                  -1, 0) != MAP_FAILED ||
                                           errno != EPERM)
                                           return 7;
                                   if (::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                                              MAP_SHARED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
                                       return 8;
                                   if (!fails_with(EPERM, SYS_shmat, -1, nullptr, SHM_EXEC)) return 9;
                                   return 0;
                               }),
                  0)
            << others;
}

TEST(SeccompFilter, WhatNoJailCanBeGivenStaysWhateverThePolicySays) {
    EXPECT_EQ(under_filter({.allow = {"namespaces", "unshare", "mounts", "clone3", "io-uring"}, .deny = {}},
                           [] {
                               if (!fails_with(EPERM, SYS_unshare, CLONE_NEWUSER)) return 1;
                               if (!fails_with(ENOSYS, SYS_clone3, 0, 0)) return 2;
                               if (!fails_with(EPERM, SYS_io_uring_setup, 1, 0)) return 3;
                               return 0;
                           }),
              0);
}

TEST(SeccompFilter, MemoryFilesStayRefusedWhereThePolicySaysSo) {
    EXPECT_NE(compile_seccomp_filter({.allow = {}, .deny = {"memory-files"}}, true).value(),
              compile_seccomp_filter({}, true).value());
    EXPECT_EQ(compile_seccomp_filter({.allow = {}, .deny = {"memory-files"}}, true).value(),
              compile_seccomp_filter({}, false).value());
}

// The kernel checks and copies it at each login; docs/SECCOMP.md has the figures.
TEST(SeccompFilter, IsSmall) {
    EXPECT_LT(compile_seccomp_filter({}, false).value().size() / sizeof(sock_filter), 700u);
}

TEST(SeccompFilter, GivesBackWhatThePolicyNames) {
    EXPECT_EQ(under_filter({.allow = {"ptrace"}, .deny = {}},
                           [] {
                               if (fails_with(EPERM, SYS_ptrace, PTRACE_TRACEME, 0, 0, 0)) return 1;
                               if (!fails_with(EPERM, SYS_keyctl, 0, 0, 0, 0, 0)) return 2;
                               return 0;
                           }),
              0);
}

TEST(SeccompFilter, IsTheSameEveryTime) {
    EXPECT_EQ(compile_seccomp_filter({}, false).value(), compile_seccomp_filter({}, false).value());
}

}  // namespace
}  // namespace jail::provision
