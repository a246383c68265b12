// SPDX-License-Identifier: Apache-2.0
#include "libjail/base/foreign_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libjail/base/file_descriptor.h"

namespace jail {
namespace {

// tests/root/foreign_socket_test.cc has those that are.
TEST(ForeignSocket, NothingOfTheOwnNetworkNamespaceIsForeign) {
    for (const int family : {AF_UNIX, AF_INET, AF_NETLINK})
        EXPECT_FALSE(is_foreign_socket(FileDescriptor(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)).get()));
    EXPECT_FALSE(is_foreign_socket(FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)).get()));
    EXPECT_FALSE(is_foreign_socket(-1));
    EXPECT_FALSE(has_foreign_socket());
}

}  // namespace
}  // namespace jail
