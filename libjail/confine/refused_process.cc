// SPDX-License-Identifier: Apache-2.0
#include "libjail/confine/refused_process.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <iterator>

namespace jail {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
constexpr std::uint32_t kFirstForeignCall = 0x40000000;  // x32's numbers, under the same architecture
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
constexpr std::uint32_t kFirstForeignCall = UINT32_MAX;
#else
#error "the numbers of this architecture's system calls are not known here"
#endif

// A session needs a process of the account's. posix_spawn(3) and vfork(2) are clone(2) or clone3(2) as well.
constexpr std::uint32_t kForbidden[] = {
#ifdef __NR_fork
    __NR_fork,  __NR_vfork,
#endif
    __NR_clone, __NR_clone3, __NR_execve, __NR_execveat};
constexpr std::size_t kCalls = std::size(kForbidden);

// Two instructions before the list, two after it, and the two ends; jumps count the instructions between.
constexpr std::size_t kLength = kCalls + 6;

void fill(sock_filter (&program)[kLength]) {
    constexpr auto kArchitectureField = static_cast<std::uint32_t>(offsetof(seccomp_data, arch));
    constexpr auto kNumberField = static_cast<std::uint32_t>(offsetof(seccomp_data, nr));
    std::size_t next = 0;
    program[next++] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kArchitectureField);
    program[next++] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 0, kCalls + 3);
    program[next++] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumberField);
    program[next++] = BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kFirstForeignCall, kCalls + 1, 0);
    for (std::size_t i = 0; i < kCalls; ++i)
        program[next++] =
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kForbidden[i], static_cast<std::uint8_t>(kCalls - i), 0);
    program[next++] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    program[next++] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
}

// With SECCOMP_FILTER_FLAG_TSYNC a thread that has a filter of its own already makes the result its number.
long load(unsigned flags, const sock_fprog& filter) {
    return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
}

bool restrict() {
    sock_filter program[kLength];
    fill(program);
    const sock_fprog filter = {kLength, program};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
    // The end by SIGSYS is one with a core file otherwise, and sshd's memory holds the keys of the host.
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return false;
    const long all_threads = load(SECCOMP_FILTER_FLAG_TSYNC, filter);
    return all_threads == 0 || (all_threads < 0 && load(0, filter) == 0);
}

}  // namespace

void forbid_session() {
    if (!restrict()) (void)::kill(::getpid(), SIGKILL);
}

}  // namespace jail
