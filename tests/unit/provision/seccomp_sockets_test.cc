// SPDX-License-Identifier: Apache-2.0
// Which sockets the filter leaves, over all families, types and protocols.
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "under_filter.h"

namespace jail::provision {
namespace {

TEST(SeccompSockets, LeavesOnlyFamiliesThatANetworkNamespaceHolds) {
    EXPECT_EQ(
        under_filter({},
                     [] {
                         for (int family = 3; family < 300; ++family)
                             if (family != AF_INET6 && family != AF_NETLINK &&
                                 !fails_with(EAFNOSUPPORT, SYS_socket, family, SOCK_STREAM, 0))
                                 return 1;
                         if (!fails_with(EAFNOSUPPORT, SYS_socket, AF_VSOCK | (1ul << 32), SOCK_STREAM, 0))
                             return 2;
                         for (const int family : {AF_UNIX, AF_INET})
                             if (::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0) return 3;
                         return 0;
                     }),
        0);
}

// A refusal of the filter has another errno than one of the kernel: EINVAL for a protocol beyond its
// table, EPERM for a raw socket without the capability.
TEST(SeccompSockets, LeavesOnlyProtocolsOfNetlinkThatTellOfTheOwnNetworkNamespace) {
    EXPECT_EQ(under_filter({},
                           [] {
                               for (const int type : {int{SOCK_RAW}, SOCK_DGRAM | SOCK_CLOEXEC})
                                   for (unsigned long protocol = 0; protocol < 256; ++protocol) {
                                       const bool plain =
                                           protocol == NETLINK_ROUTE || protocol == NETLINK_SOCK_DIAG;
                                       const long made = ::syscall(SYS_socket, AF_NETLINK, type, protocol);
                                       if (plain ? made < 0 : made >= 0 || errno != EPROTONOSUPPORT) return 1;
                                       if (made >= 0) ::close(static_cast<int>(made));
                                   }
                               for (const unsigned long high : {1UL << 32, 1UL << 63})
                                   if (!fails_with(EPROTONOSUPPORT, SYS_socket, AF_NETLINK | high, SOCK_RAW,
                                                   NETLINK_KOBJECT_UEVENT | high))
                                       return 2;
                               return 0;
                           }),
              0);
}

TEST(SeccompSockets, LeavesOnlyProtocolsOfInetThatLoadNoModule) {
    EXPECT_EQ(
        under_filter({},
                     [] {
                         constexpr int kMptcp = 262;
                         for (const int family : {AF_INET, AF_INET6})
                             for (int type = 0; type < 16; ++type)
                                 for (int protocol = 0; protocol < 4096; ++protocol) {
                                     const int icmp =
                                         family == AF_INET ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
                                     const bool plain = protocol == 0 || protocol == IPPROTO_TCP ||
                                                        protocol == IPPROTO_UDP || protocol == icmp ||
                                                        protocol == kMptcp;
                                     const bool usual =
                                         type == SOCK_STREAM || type == SOCK_DGRAM || type == SOCK_RAW;
                                     if (plain && usual) continue;
                                     if (fails_with(EPROTONOSUPPORT, SYS_socket, family, type, protocol))
                                         continue;
                                     if (plain && errno == ESOCKTNOSUPPORT) continue;
                                     return 1;
                                 }
                         for (const int family : {AF_INET, AF_INET6}) {
                             if (::socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP) < 0) return 2;
                             if (::socket(family, SOCK_DGRAM | SOCK_NONBLOCK, IPPROTO_UDP) < 0) return 3;
                             if (!fails_with(EPROTONOSUPPORT, SYS_socket, family | 1UL << 32,
                                             SOCK_DGRAM | 1UL << 40, IPPROTO_UDPLITE | 1UL << 50))
                                 return 4;
                         }
                         return 0;
                     }),
        0);
}

TEST(SeccompSockets, AProtocolThatTheHostHasIsThereWhereThePolicySaysSo) {
    for (const char* group : {"socket-protocols", "socket"})
        EXPECT_EQ(under_filter({.allow = {group}, .deny = {}},
                               [] {
                                   if (fails_with(EPROTONOSUPPORT, SYS_socket, AF_INET, SOCK_DGRAM,
                                                  IPPROTO_UDPLITE))
                                       return 1;
                                   return 0;
                               }),
                  0)
            << group;
    EXPECT_EQ(
        under_filter({.allow = {"audit"}, .deny = {}},
                     [] {
                         if (fails_with(EPROTONOSUPPORT, SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_AUDIT) &&
                             ::access("/proc/self/loginuid", F_OK) == 0)
                             return 1;
                         if (!fails_with(EPROTONOSUPPORT, SYS_socket, AF_NETLINK, SOCK_RAW,
                                         NETLINK_KOBJECT_UEVENT))
                             return 2;
                         return 0;
                     }),
        0);
    EXPECT_EQ(
        under_filter({.allow = {"netlink"}, .deny = {}},
                     [] {
                         if (::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT) < 0)
                             return 1;
                         if (!fails_with(EPROTONOSUPPORT, SYS_socket, AF_NETLINK, SOCK_RAW, NETLINK_AUDIT))
                             return 2;
                         return 0;
                     }),
        0);
}

TEST(SeccompSockets, SocketsAreTakenAsAWhole) {
    EXPECT_EQ(under_filter({.allow = {}, .deny = {"socket"}},
                           [] {
                               for (const int family : {AF_UNIX, AF_INET, AF_NETLINK})
                                   if (::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0) >= 0) return 1;
                               return 0;
                           }),
              0);
}

TEST(SeccompSockets, NoRequestOfASocketLoadsAModule) {
    EXPECT_EQ(under_filter({},
                           [] {
                               for (const unsigned long request : {SIOCGIFBR, SIOCSIFBR, SIOCBRADDBR,
                                                                   SIOCBRDELBR, SIOCGIFVLAN, SIOCSIFVLAN})
                                   for (const unsigned long high : {0UL, 1UL << 32})
                                       if (!fails_with(EPERM, SYS_ioctl, -1, request | high, 0)) return 1;
                               if (!fails_with(EBADF, SYS_ioctl, -1, SIOCGIFCONF, 0)) return 2;
                               return 0;
                           }),
              0);
}

TEST(SeccompSockets, PairsOfSocketsAreUnixsOnly) {
    EXPECT_EQ(under_filter({},
                           [] {
                               int ends[2];
                               if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return 1;
                               if (!fails_with(EAFNOSUPPORT, SYS_socketpair, AF_TIPC, SOCK_STREAM, 0, ends))
                                   return 2;
                               return 0;
                           }),
              0);
}

}  // namespace
}  // namespace jail::provision
