// SPDX-License-Identifier: Apache-2.0
// Forwards of unix sockets, agents and X11: paths that sshd opens by itself are the jail's paths.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "host_listener.h"
#include "ssh_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

class SocketForwardTest : public SshTest {
protected:
    static bool forwards_to(const Connection& connection, const std::string& path) {
        const ssh_channel channel = ssh_channel_new(connection.session());
        const bool open = ssh_channel_open_forward_unix(channel, path.c_str(), "127.0.0.1", 0) == SSH_OK;
        ssh_channel_free(channel);
        return open;
    }
};

TEST_F(SocketForwardTest, HostSocketsAreNotReached) {
    const Connection jailed(server(), "harlequin"), free(server(), "alfred");
    ASSERT_TRUE(jailed.logged_in() && free.logged_in()) << jailed.error() << free.error();
    for (const char* path : {"/run/e2e-service", "/tmp/e2e-service"}) {
        const HostListener host(path);
        EXPECT_TRUE(forwards_to(free, path)) << path;
        EXPECT_TRUE(host.was_reached()) << path;
        EXPECT_FALSE(forwards_to(jailed, path)) << path;
        EXPECT_FALSE(forwards_to(jailed, "/proc/1/root" + std::string(path))) << path;
        EXPECT_FALSE(host.was_reached()) << path;
    }
    EXPECT_FALSE(
        forwards_to(jailed, "/run/jail/" + std::to_string(machine::uid_of("harlequin")) + "/control"));
    EXPECT_FALSE(forwards_to(jailed, "/dev/log"));
}

TEST_F(SocketForwardTest, ASymlinkInTheHomeDoesNotHelp) {
    const HostListener host("/run/e2e-service");
    const Connection jailed(server(), "harlequin"), free(server(), "alfred");
    ASSERT_TRUE(jailed.logged_in() && free.logged_in());
    fs::create_symlink("/run/e2e-service", "/home/harlequin/service");
    fs::create_symlink("/run/e2e-service", "/home/alfred/service");
    EXPECT_TRUE(forwards_to(free, "/home/alfred/service"));
    EXPECT_TRUE(host.was_reached());
    EXPECT_FALSE(forwards_to(jailed, "/home/harlequin/service"));
    EXPECT_FALSE(host.was_reached());
    fs::remove("/home/harlequin/service");
    fs::remove("/home/alfred/service");
}

TEST_F(SocketForwardTest, AbstractSocketsOfTheHostAreNotReached) {
    const HostListener host("@e2e-service");
    EXPECT_EQ(ssh("alfred", {"/usr/local/bin/probe connect-unix @e2e-service"}).output, "ok\n");
    EXPECT_TRUE(host.was_reached());
    EXPECT_NE(ssh("harlequin", {"probe connect-unix @e2e-service"}).output, "ok\n");
    EXPECT_FALSE(host.was_reached());
}

TEST_F(SocketForwardTest, RemoteSocketsAreMadeInsideOnly) {
    const HostListener home_service;  // the client's own
    const std::string target = ":127.0.0.1:" + std::to_string(home_service.port());
    Process client(server().ssh(
        "harlequin", {"-R", "/tmp/e2e-remote" + target,
                      "test -S /tmp/e2e-remote && probe connect-unix /tmp/e2e-remote; echo done"}));
    ASSERT_TRUE(client.read_until("done")) << client.errors();
    EXPECT_EQ(client.output(), "ok\ndone\n") << client.errors();
    EXPECT_TRUE(eventually([&] { return home_service.was_reached(); }));
    (void)client.finish();
    for (const char* path : {"/run/e2e-remote", "/etc/e2e-remote", "/dev/e2e-remote"})
        EXPECT_NE(
            ssh("harlequin", {"-o", "ExitOnForwardFailure=yes", "-R", path + target, "true"}).exit_status(),
            0)
            << path;
    for (const char* path : {"/tmp/e2e-remote", "/run/e2e-remote", "/etc/e2e-remote"})
        EXPECT_FALSE(fs::exists(path)) << path;
}

TEST_F(SocketForwardTest, TheAgentIsReachedFromInsideByASocketOfTheJails) {
    const std::string socket = std::string(machine::kRunDir) + "/agent";
    (void)::unlink(socket.c_str());
    Process agent({"ssh-agent", "-D", "-a", socket});
    ASSERT_TRUE(eventually([&] { return fs::exists(socket); }));
    const std::string identity = std::string(machine::kRunDir) + "/id";
    ASSERT_EQ(run({"env", "SSH_AUTH_SOCK=" + socket, "ssh-add", "-q", identity}).exit_status(), 0);
    const std::string public_key = machine::read_file(identity + ".pub");
    std::vector<std::string> command = {"env", "SSH_AUTH_SOCK=" + socket};
    for (const std::string& word : server().ssh(
             "harlequin",
             {"-A",
              "ssh-add -L; echo $SSH_AUTH_SOCK; test -S $SSH_AUTH_SOCK && echo socket; read wait; exit 3"}))
        command.push_back(word);
    Process client(command);
    ASSERT_TRUE(client.read_until("socket\n")) << client.output() << client.errors();
    EXPECT_EQ(client.output().rfind(public_key.substr(0, public_key.rfind(' ')), 0), 0u) << client.output();
    const std::size_t start = client.output().find("\n/tmp/ssh-");
    ASSERT_NE(start, std::string::npos) << client.output();
    const std::string inside =
        client.output().substr(start + 1, client.output().find('\n', start + 1) - start - 1);
    EXPECT_FALSE(fs::exists(inside)) << "the host's /tmp has no such socket";
    EXPECT_EQ(client.finish().exit_status(), 3);
}

TEST_F(SocketForwardTest, X11ForwardingOpensNothingOnTheHost) {
    const std::string before = host_tcp_listeners();
    const auto displays = [] { return run({"ls", "-A", "/tmp/.X11-unix"}).output; };
    const std::string displays_before = displays();
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    const auto channel = connection.open();
    ASSERT_EQ(ssh_channel_open_session(channel->get()), SSH_OK);
    const bool accepted = ssh_channel_request_x11(channel->get(), 0, nullptr, nullptr, 0) == SSH_OK;
    RecordProperty("accepted", accepted ? "yes" : "no");
    ASSERT_TRUE(channel->execute(
        "for port in 6010 6011; do probe connect $port; done; echo display:$DISPLAY:; read wait"));
    ASSERT_TRUE(channel->read_until("display:"));
    EXPECT_EQ(host_tcp_listeners(), before);
    for (int port = 6000; port < 6030; ++port) {
        const int fd = connect_to_host_port(port);
        EXPECT_LT(fd, 0) << port;
        if (fd >= 0) ::close(fd);
    }
    EXPECT_EQ(displays(), displays_before);
    if (accepted) {
        EXPECT_EQ(channel->output().substr(0, 3), "ok\n")
            << "its listener is in the jail's network: " << channel->output();
    }
    (void)channel->finish();
}

}  // namespace
}  // namespace jail::testing
