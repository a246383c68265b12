// SPDX-License-Identifier: Apache-2.0
// A socket of the host's network for a standard descriptor: connected to AF_UNSPEC it would be a way there.
#include "libjail/base/foreign_socket.h"

#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "jail_fixture.h"
#include "libjail/base/file_descriptor.h"
#include "libjail/policy/paths.h"

namespace jail::testing {
namespace {

class ForeignSocketTest : public JailTest {
protected:
    static int listener() {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        EXPECT_EQ(::listen(fd, 1), 0);
        return fd;
    }
    static int accepted() {
        const FileDescriptor listening(listener());
        sockaddr_in address = {};
        socklen_t size = sizeof address;
        EXPECT_EQ(::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        EXPECT_EQ(::connect(client, reinterpret_cast<const sockaddr*>(&address), size), 0);
        return ::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC);
    }
    static int pair(int type) {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
        return ends[0];
    }
    static Outcome with_descriptor(int number, int socket, std::vector<const char*> command) {
        command.push_back(nullptr);
        const Outcome outcome = run([&] {
            ::dup2(socket, number);
            ::execvp(command[0], const_cast<char* const*>(command.data()));
            return 99;
        });
        ::close(socket);
        return outcome;
    }
};

TEST_F(ForeignSocketTest, WhatCanBeConnectedElsewhereIsForeignInAnotherNetworkNamespace) {
    const Outcome outcome = run([] {
        const int foreign[] = {listener(),
                               accepted(),
                               ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0),
                               ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0),
                               ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0),
                               ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
                               pair(SOCK_DGRAM)};
        const int fixed[] = {pair(SOCK_STREAM), pair(SOCK_SEQPACKET)};
        for (const int fd : foreign)
            if (fd < 0 || is_foreign_socket(fd)) return 1;
        if (::unshare(CLONE_NEWNET) != 0) return 2;
        int number = 10;
        for (const int fd : foreign)
            if (++number, !is_foreign_socket(fd)) return number;
        for (const int fd : fixed)
            if (++number, is_foreign_socket(fd)) return number;
        return 0;
    });
    EXPECT_EQ(WEXITSTATUS(outcome.status), 0) << outcome.output;
}

TEST_F(ForeignSocketTest, EnterRefusesItInWords) {
    for (const char* root : {"--root", "--"})
        for (const auto& make : {listener, accepted}) {
            const Outcome outcome = with_descriptor(
                0, make(), {"jail-provision", "enter", root, "harlequin", "probe", "exit", "0"});
            EXPECT_EQ(WEXITSTATUS(outcome.status), 1) << outcome.output;
            EXPECT_NE(outcome.output.find("descriptor 0 is a socket of another network"), std::string::npos)
                << outcome.output;
        }
}

TEST_F(ForeignSocketTest, EnterTakesItWhereTheNetworkIsTheHosts) {
    manifest_.network = Network::kHost;
    publish();
    const Outcome outcome =
        with_descriptor(0, accepted(), {"jail-provision", "enter", "harlequin", "exit", "42"});
    EXPECT_EQ(WEXITSTATUS(outcome.status), 42) << outcome.output;
}

TEST_F(ForeignSocketTest, EnterTakesAConnectionOfUnixSockets) {
    const Outcome outcome =
        with_descriptor(0, pair(SOCK_STREAM), {"jail-provision", "enter", "harlequin", "exit", "42"});
    EXPECT_EQ(WEXITSTATUS(outcome.status), 42) << outcome.output;
}

TEST_F(ForeignSocketTest, JailshellRefusesItAsADoorAndInside) {
    ASSERT_EQ(::chmod(paths::kJailshell, 04711), 0);
    const Outcome door = run([] {
        ::dup2(accepted(), 0);
        if (::setresgid(kHarlequin, kHarlequin, kHarlequin) != 0) return 98;
        if (::setresuid(kHarlequin, kHarlequin, kHarlequin) != 0) return 98;
        ::execl(paths::kJailshell, "jailshell", "-c", "exit 0", nullptr);
        return 99;
    });
    ASSERT_EQ(::chmod(paths::kJailshell, 0711), 0);
    EXPECT_EQ(WEXITSTATUS(door.status), 254);
    EXPECT_NE(door.output.find("socket of another network than the jail's"), std::string::npos)
        << door.output;
    const Outcome inside = JailTest::inside(
        [] {
            ::execl(paths::kJailshell, "jailshell", "-c", "exit 0", nullptr);
            return 99;
        },
        [socket = accepted()] { ::dup2(socket, 0); });
    EXPECT_EQ(WEXITSTATUS(inside.status), 254);
    EXPECT_NE(inside.output.find("socket of another network than the jail's"), std::string::npos)
        << inside.output;
}

}  // namespace
}  // namespace jail::testing
