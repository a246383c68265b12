// SPDX-License-Identifier: Apache-2.0
#include "tests/probes/system_calls.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>

namespace probe {
namespace {

template <class... Words>
void answer(const char* name, long number, Words... words) {
    errno = 0;
    const long result = ::syscall(number, words...);
    std::cout << name << " " << (result == -1 ? ::strerrorname_np(errno) : "ok") << "\n";
}

constexpr unsigned long kHighBits = 0xabcdUL << 32;

#ifdef __x86_64__
// getpid(2) by the entry of 32-bit programs, which is open to 64-bit ones too.
void answer_of_i386() {
    long result = 20;
    asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    const int code = static_cast<int>(result);
    std::cout << "i386-getpid " << (code < 0 ? ::strerrorname_np(-code) : "ok") << "\n";
}
#endif

}  // namespace

// Bad descriptors, so that allowed calls fail by themselves (EBADF), and do no harm.
int answers_of_system_calls(const std::vector<std::string>&) {
    answer("mount", SYS_mount, "x", "/", "x", 0, 0);
    answer("unshare", SYS_unshare, CLONE_NEWUSER);
    answer("clone-newuser", SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    answer("clone-newnet-high", SYS_clone, CLONE_NEWNET | SIGCHLD | kHighBits, 0, 0, 0, 0);
    answer("clone3", SYS_clone3, nullptr, 0);
    answer("ptrace", SYS_ptrace, -1, 0, 0, 0);
    answer("ioctl-window", SYS_ioctl, -1, TIOCGWINSZ, 0);
    answer("ioctl-sti", SYS_ioctl, -1, TIOCSTI, 0);
    answer("ioctl-sti-high", SYS_ioctl, -1, TIOCSTI | kHighBits, 0);
    answer("ioctl-linux-high", SYS_ioctl, -1, TIOCLINUX | kHighBits, 0);
    answer("ioctl-discipline", SYS_ioctl, -1, TIOCSETD, 0);
    answer("personality-ask", SYS_personality, 0xffffffffUL);
    answer("personality-linux", SYS_personality, 0);
    answer("personality-not-random", SYS_personality, 0x0040000);
    answer("personality-exec-high", SYS_personality, 0x0400000 | kHighBits);
    answer("prctl-name", SYS_prctl, PR_SET_NAME, "probe", 0, 0, 0);
    answer("prctl-memory", SYS_prctl, PR_SET_MM, 0, 0, 0, 0);
    answer("prctl-core-high", SYS_prctl, 62 | kHighBits, 0, 0, 0, 0);
    answer("socket-unix", SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    answer("socket-vsock", SYS_socket, AF_VSOCK, SOCK_STREAM, 0);
    answer("socket-packet", SYS_socket, AF_PACKET, SOCK_RAW, 0);
    answer("socket-alg-high", SYS_socket, AF_ALG | kHighBits, SOCK_SEQPACKET, 0);
    answer("socketpair-tipc", SYS_socketpair, 30, SOCK_STREAM, 0, nullptr);
    answer("socket-route", SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    answer("socket-diag", SYS_socket, AF_NETLINK, SOCK_DGRAM, NETLINK_SOCK_DIAG);
    answer("socket-events", SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);
    answer("socket-processes-high", SYS_socket, AF_NETLINK, SOCK_DGRAM, NETLINK_CONNECTOR | kHighBits);
    answer("socket-audit", SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
    answer("socket-tcp", SYS_socket, AF_INET, SOCK_STREAM, IPPROTO_TCP);
    answer("socket-udp6", SYS_socket, AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
    answer("socket-lite", SYS_socket, AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
    answer("socket-sctp6-high", SYS_socket, AF_INET6, SOCK_STREAM, IPPROTO_SCTP | kHighBits);
    answer("socket-dccp-by-type", SYS_socket, AF_INET, SOCK_DCCP, 0);
    answer("ioctl-bridge", SYS_ioctl, -1, SIOCGIFBR, 0);
    answer("filter-of-socket", SYS_setsockopt, -1, SOL_SOCKET, SO_ATTACH_FILTER, nullptr, 0);
    answer("option-of-socket", SYS_setsockopt, -1, SOL_SOCKET, SO_REUSEADDR, nullptr, 0);
    answer("aio", SYS_io_setup, 1, nullptr);
    answer("mmap-huge", SYS_mmap, nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
    answer("notify", SYS_fcntl, -1, F_NOTIFY, 0);
    answer("notify-high", SYS_fcntl, -1, F_NOTIFY | kHighBits, 0);
    // These would change a setting: the calls ask for the present value.
    const int which = PRIO_PROCESS;
    answer("priority-own", SYS_setpriority, which, 0, ::getpriority(which, 0));
    answer("priority-init", SYS_setpriority, which, 1, 0);
    answer("priority-init-high", SYS_setpriority, which, 1 | kHighBits, 0);
    answer("priority-user", SYS_setpriority, PRIO_USER, 0, 0);
    answer("io-priority-init", SYS_ioprio_set, 1, 1, 0);
    answer("io-priority-user", SYS_ioprio_set, 3, 0, 0);
    sched_param parameters = {};
    cpu_set_t processors;
    answer("affinity-ask", SYS_sched_getaffinity, 0, sizeof processors, &processors);
    answer("affinity-own", SYS_sched_setaffinity, 0, sizeof processors, &processors);
    answer("affinity-init", SYS_sched_setaffinity, 1, sizeof processors, &processors);
    answer("scheduler-own", SYS_sched_setscheduler, 0, SCHED_OTHER, &parameters);
    answer("scheduler-init", SYS_sched_setscheduler, 1, SCHED_OTHER, &parameters);
    answer("parameters-init", SYS_sched_setparam, 1, &parameters);
    answer("attributes-init", SYS_sched_setattr, 1, nullptr, 0);
    rlimit limit = {};
    answer("limit-own", SYS_prlimit64, 0, RLIMIT_CPU, nullptr, &limit);
    answer("limit-init", SYS_prlimit64, 1, RLIMIT_CPU, nullptr, &limit);
    answer("mmap-writable-code", SYS_mmap, nullptr, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
           -1, 0);
    answer("mmap-shared-code", SYS_mmap, nullptr, 4096, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1,
           0);
    answer("segment-of-code", SYS_shmat, -1, nullptr, SHM_EXEC);
    answer("mprotect-code", SYS_mprotect, nullptr, 0, PROT_EXEC);
    answer("splice", SYS_splice, -1, nullptr, -1, nullptr, 1, 0);
#ifdef __x86_64__
    answer("x32-getpid", 0x40000000L | SYS_getpid);
    answer_of_i386();
#endif
    return 0;
}

}  // namespace probe
