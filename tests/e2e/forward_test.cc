// SPDX-License-Identifier: Apache-2.0
// TCP forwards: they begin and end in the jail's network. alfred, an unjailed account, shows that each test
// could fail.
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "host_listener.h"
#include "ssh_fixture.h"

namespace jail::testing {
namespace {

class ForwardTest : public SshTest {
protected:
    // Whether the server opened a channel to 127.0.0.1:port, as ssh -L and -W ask for it.
    static bool forwards_to(const Connection& connection, const char* host, int port) {
        const ssh_channel channel = ssh_channel_new(connection.session());
        const bool open = ssh_channel_open_forward(channel, host, port, "127.0.0.1", 0) == SSH_OK;
        ssh_channel_free(channel);
        return open;
    }
    static bool connects(int port) {
        const int fd = connect_to_host_port(port);
        if (fd >= 0) ::close(fd);
        return fd >= 0;
    }
    // SOCKS5 (RFC 1928) without authentication: the reply code for CONNECT 127.0.0.1:port, 0 for success.
    static int socks_connect(int proxy_port, int port) {
        const int fd = connect_to_host_port(proxy_port);
        if (fd < 0) return -1;
        const unsigned char request[] = {5,
                                         1,
                                         0,
                                         5,
                                         1,
                                         0,
                                         1,
                                         127,
                                         0,
                                         0,
                                         1,
                                         static_cast<unsigned char>(port >> 8),
                                         static_cast<unsigned char>(port)};
        unsigned char reply[12] = {};
        (void)::send(fd, request, sizeof request, MSG_NOSIGNAL);
        const ssize_t count = ::recv(fd, reply, sizeof reply, MSG_WAITALL);
        ::close(fd);
        return count == sizeof reply ? reply[3] : -1;
    }
};

TEST_F(ForwardTest, LocalForwardsDoNotReachTheHost) {
    const HostListener host;
    const Connection jailed(server(), "harlequin"), free(server(), "alfred");
    ASSERT_TRUE(jailed.logged_in() && free.logged_in()) << jailed.error() << free.error();
    EXPECT_TRUE(forwards_to(free, "127.0.0.1", host.port()));
    EXPECT_TRUE(host.was_reached());
    for (const char* name : {"127.0.0.1", "localhost", "::1", "::ffff:127.0.0.1", "0.0.0.0", "127.1.2.3"})
        EXPECT_FALSE(forwards_to(jailed, name, host.port())) << name;
    EXPECT_FALSE(forwards_to(jailed, "127.0.0.1", server().port())) << "not even sshd itself";
    EXPECT_FALSE(host.was_reached());
}

TEST_F(ForwardTest, ProgramsInsideDoNotReachTheHostEither) {
    const HostListener host;
    EXPECT_EQ(ssh("alfred", {"/usr/local/bin/probe connect " + std::to_string(host.port())}).output, "ok\n");
    EXPECT_TRUE(host.was_reached());
    EXPECT_NE(ssh("harlequin", {"probe connect " + std::to_string(host.port())}).output, "ok\n");
    EXPECT_FALSE(host.was_reached());
}

TEST_F(ForwardTest, RemoteForwardsListenInTheJailOnly) {
    const std::string before = host_tcp_listeners();
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    int port = 0;
    ASSERT_EQ(ssh_channel_listen_forward(connection.session(), "127.0.0.1", 0, &port), SSH_OK)
        << connection.error();
    EXPECT_FALSE(connects(port));
    EXPECT_EQ(host_tcp_listeners(), before);
    EXPECT_EQ(connection.execute("probe connect " + std::to_string(port)).output, "ok\n");
    // A forward in is a forward to what listens inside, so it finds the other one.
    EXPECT_TRUE(forwards_to(connection, "127.0.0.1", port));
    for (const char* address : {"", "0.0.0.0", "*"}) {
        int any = 0;
        if (ssh_channel_listen_forward(connection.session(), address, 0, &any) != SSH_OK) continue;
        EXPECT_FALSE(connects(any)) << address;
        EXPECT_EQ(host_tcp_listeners(), before);
    }
}

TEST_F(ForwardTest, AStockRemoteForwardCarriesDataOutOfTheJail) {
    const HostListener home_service;  // the client's own, which is what -R is for
    Process client(server().ssh("harlequin", {"-R", "4567:127.0.0.1:" + std::to_string(home_service.port()),
                                              "probe connect 4567; echo done"}));
    ASSERT_TRUE(client.read_until("done"));
    EXPECT_EQ(client.output(), "ok\ndone\n");
    EXPECT_TRUE(eventually([&] { return home_service.was_reached(); }));
    EXPECT_FALSE(connects(4567));
    (void)client.finish();
}

TEST_F(ForwardTest, DynamicForwardsDoNotReachTheHost) {
    const HostListener host;
    for (const std::string account : {"alfred", "harlequin"}) {
        Process client(server().ssh(account, {"-N", "-D", "127.0.0.1:4568"}));
        ASSERT_TRUE(eventually([] { return connects(4568); })) << client.errors();
        EXPECT_EQ(socks_connect(4568, host.port()) == 0, account == "alfred") << account;
        EXPECT_EQ(host.was_reached(), account == "alfred") << account;
        client.send_signal(SIGKILL);  // it may sleep through SIGTERM, that met it just before its poll(2)
        (void)client.finish();
    }
}

TEST_F(ForwardTest, StandardInputForwardsDoNotReachTheHost) {
    const HostListener host;
    const std::string target = "127.0.0.1:" + std::to_string(host.port());
    {
        Process free(server().ssh("alfred", {"-W", target}));
        EXPECT_TRUE(eventually([&] { return host.was_reached(); }));
    }
    const Outcome jailed = ssh("harlequin", {"-W", target});
    EXPECT_EQ(jailed.exit_status(), 255);
    EXPECT_FALSE(host.was_reached());
}

}  // namespace
}  // namespace jail::testing
