// SPDX-License-Identifier: Apache-2.0
// Part of the table of syscall_groups.cc: which sockets jails are refused, and which requests to them.
#pragma once

#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>

#include "provision/syscalls/syscall_groups.h"

namespace jail::provision::refused_sockets {

// Families that a network namespace confines: all others either reach past it (vsock), or expose much kernel
// code that sessions do not need. Newer ones are refused as well: the kernel has no family above 255.
inline constexpr std::uint32_t kPlainFamilies[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};
inline constexpr RefusedUse kOtherFamily = {"other than unix, inet, inet6, netlink",
                                            RefusedUse::When::kNoneOf, 0, kPlainFamilies, 0xff};
inline constexpr RefusedCall kFamilies[] = {
    {"socket", "vsock reaches past the network namespace; packet, alg and others are attack surface",
     &kOtherFamily, EAFNOSUPPORT},
    {"socketpair", "as socket: it loads the family's module too", &kOtherFamily, EAFNOSUPPORT},
};

// libc uses ROUTE for addresses, and ss(8) uses SOCK_DIAG; both answer for the own network namespace.
inline constexpr Condition kIsNetlink = {0, 0xffffffff, AF_NETLINK};
inline constexpr std::uint32_t kPlainNetlink[] = {NETLINK_ROUTE, NETLINK_AUDIT, NETLINK_SOCK_DIAG};
inline constexpr RefusedUse kOtherNetlink = {"of netlink other than route, sock_diag, audit",
                                             RefusedUse::When::kNoneOf,
                                             2,
                                             kPlainNetlink,
                                             0xff,
                                             &kIsNetlink};
inline constexpr RefusedCall kNetlink[] = {
    {"socket", "events of the host's devices and processes; families whose use loads modules", &kOtherNetlink,
     EPROTONOSUPPORT},
};

// sshd and PAM take EPROTONOSUPPORT for a kernel without it: any other error ends the login.
inline constexpr std::uint32_t kAuditNetlink[] = {NETLINK_AUDIT};
inline constexpr RefusedUse kAuditUse = {"of netlink audit", RefusedUse::When::kOneOf, 2, kAuditNetlink, 0xff,
                                         &kIsNetlink};
inline constexpr RefusedCall kAudit[] = {
    {"socket", "the kernel's audit: of no use to an account, which has no capability for it", &kAuditUse,
     EPROTONOSUPPORT},
};

// Types too: DCCP is loaded by its type with protocol 0. The kernel knows no protocol above 262 and no type
// above 15.
inline constexpr Condition kIsInet = {0, 0xffffffff, AF_INET};
inline constexpr Condition kIsInet6 = {0, 0xffffffff, AF_INET6};
inline constexpr std::uint32_t kMptcp = 262;  // IPPROTO_MPTCP of newer headers
inline constexpr std::uint32_t kPlainTypes[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW};
inline constexpr std::uint32_t kPlainInet[] = {0, IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP, kMptcp};
inline constexpr std::uint32_t kPlainInet6[] = {0, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMPV6, kMptcp};
inline constexpr RefusedUse kOtherType = {
    "of inet other than stream, dgram, raw", RefusedUse::When::kNoneOf, 1, kPlainTypes, 0xf, &kIsInet};
inline constexpr RefusedUse kOtherType6 = {
    "of inet6 other than stream, dgram, raw", RefusedUse::When::kNoneOf, 1, kPlainTypes, 0xf, &kIsInet6};
inline constexpr RefusedUse kOtherInet = {
    "of inet other than 0, icmp, tcp, udp, mptcp", RefusedUse::When::kNoneOf, 2, kPlainInet, 0xfff, &kIsInet};
inline constexpr RefusedUse kOtherInet6 = {"of inet6 other than 0, icmpv6, tcp, udp, mptcp",
                                           RefusedUse::When::kNoneOf,
                                           2,
                                           kPlainInet6,
                                           0xfff,
                                           &kIsInet6};
inline constexpr RefusedCall kSocketProtocols[] = {
    {"socket", "loads a protocol's module (SCTP, DCCP, L2TP, SMC) for anybody", &kOtherInet, EPROTONOSUPPORT},
    {"socket", "as inet", &kOtherInet6, EPROTONOSUPPORT},
    {"socket", "loads DCCP by its type alone", &kOtherType, ESOCKTNOSUPPORT},
    {"socket", "as inet", &kOtherType6, ESOCKTNOSUPPORT},
};

// Each is compiled to machine code, of which the host has one amount (net.core.bpf_jit_limit). Without room a
// kernel without the interpreter (CONFIG_BPF_JIT_ALWAYS_ON) lets root alone load a filter: sshd's processes
// before authentication would go on without theirs.
inline constexpr Condition kOfSockets = {1, 0xffffffff, SOL_SOCKET};
inline constexpr std::uint32_t kAttach[] = {SO_ATTACH_FILTER, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF,
                                            SO_ATTACH_REUSEPORT_EBPF};
inline constexpr RefusedUse kAttachUse = {"SO_ATTACH_*", RefusedUse::When::kOneOf, 2, kAttach, 0xffffffff,
                                          &kOfSockets};
inline constexpr RefusedCall kSocketFilters[] = {
    {"setsockopt", "machine code in the kernel, of which the host has one amount for all", &kAttachUse},
};

}  // namespace jail::provision::refused_sockets
