// SPDX-License-Identifier: Apache-2.0
// Many sessions at a time, and what becomes of an account's processes when sessions end.
#include <unistd.h>

#include <csignal>

#include "ssh_fixture.h"

namespace jail::testing {
namespace {

class ChannelsTest : public SshTest {};

using machine::monitors_of;
using machine::runs;

TEST_F(ChannelsTest, ParallelChannelsOfOneConnection) {
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    std::vector<std::unique_ptr<Channel>> channels;
    for (int i = 0; i < 10; ++i) {
        channels.push_back(connection.open());
        ASSERT_TRUE(channels.back()->execute("read line; echo $line; exit " + std::to_string(i)))
            << i << connection.error();
    }
    for (int i = 9; i >= 0; --i) {
        const Finished finished =
            channels[static_cast<std::size_t>(i)]->finish("word " + std::to_string(i) + "\n");
        EXPECT_EQ(finished.exit_status, i);
        EXPECT_EQ(finished.output, "word " + std::to_string(i) + "\n");
    }
}

TEST_F(ChannelsTest, AMultiplexedStockClient) {
    const std::string control = std::string(machine::kRunDir) + "/master";
    Process master(server().ssh("harlequin", {"-M", "-S", control, "-N"}));
    ASSERT_TRUE(eventually([&] { return ::access(control.c_str(), F_OK) == 0; })) << master.errors();
    std::vector<std::unique_ptr<Process>> clients;
    for (int i = 0; i < 8; ++i)
        clients.push_back(std::make_unique<Process>(
            server().ssh("harlequin", {"-S", control, "hostname; exit " + std::to_string(i)})));
    for (int i = 0; i < 8; ++i) {
        const Outcome outcome = clients[static_cast<std::size_t>(i)]->finish();
        EXPECT_EQ(outcome.exit_status(), i) << outcome.errors;
        EXPECT_EQ(outcome.output, "arkham\n");
    }
    EXPECT_EQ(run(server().ssh("harlequin", {"-S", control, "-O", "exit"})).exit_status(), 0);
    (void)master.finish();
}

TEST_F(ChannelsTest, TwentyConnectionsAtTheSameInstant) {
    std::vector<std::unique_ptr<Process>> clients;
    for (int i = 0; i < 20; ++i)
        clients.push_back(
            std::make_unique<Process>(server().ssh("harlequin", {"hostname; exit " + std::to_string(i)})));
    for (int i = 0; i < 20; ++i) {
        const Outcome outcome = clients[static_cast<std::size_t>(i)]->finish();
        EXPECT_EQ(outcome.exit_status(), i) << outcome.errors;
        EXPECT_EQ(outcome.output, "arkham\n") << outcome.errors;
    }
}

TEST_F(ChannelsTest, LoginsInARowMeetAnInstanceThatEnds) {
    for (int i = 0; i < 15; ++i) {
        const Outcome outcome = ssh("harlequin", {"hostname"});
        ASSERT_EQ(outcome.output, "arkham\n") << i << outcome.errors;
    }
}

TEST_F(ChannelsTest, BackgroundJobsEndWithTheLastSession) {
    const Connection first(server(), "harlequin");
    ASSERT_TRUE(first.logged_in()) << first.error();
    {
        const Connection second(server(), "harlequin");
        ASSERT_TRUE(second.logged_in()) << second.error();
        ASSERT_EQ(second.execute("setsid nohup sleep 4242 > /dev/null 2>&1 & probe linger 4243; disown")
                      .exit_status,
                  0);
        ASSERT_TRUE(eventually(
            [] { return runs("harlequin", "sleep 4242") && runs("harlequin", "probe linger 4243"); }));
    }
    EXPECT_TRUE(eventually([] { return monitors_of("harlequin").size() == 1; }));
    EXPECT_TRUE(runs("harlequin", "sleep 4242")) << "another session of the account is open\n"
                                                 << first.execute("ps -ef").output;
    EXPECT_EQ(first.execute("kill $(ps -C sleep -o pid=); echo killed").output, "killed\n")
        << "and may end it";
    EXPECT_TRUE(eventually([] { return !runs("harlequin", "sleep 4242"); }));
    EXPECT_TRUE(runs("harlequin", "probe linger 4243"));
    // TearDown waits until it is gone.
}

TEST_F(ChannelsTest, AClientThatVanishesLeavesNothing) {
    {
        Process client(server().ssh("harlequin", {"echo ready; probe linger 4244; sleep 4245"}));
        ASSERT_TRUE(client.read_until("ready"));
        ASSERT_TRUE(eventually([] { return runs("harlequin", "sleep 4245"); }));
        client.send_signal(SIGKILL);
    }
    EXPECT_TRUE(machine::no_traces());
}

// The user's child of sshd lives on until its client goes (as without a jail), and holds the lease until
// then.
TEST_F(ChannelsTest, AMonitorThatIsKilledLeavesNothing) {
    Process client(server().ssh("harlequin", {"echo ready; sleep 4246"}));
    ASSERT_TRUE(client.read_until("ready"));
    ASSERT_EQ(monitors_of("harlequin").size(), 1u);
    ASSERT_EQ(::kill(monitors_of("harlequin").front(), SIGKILL), 0);
    client.send_signal(SIGKILL);
    EXPECT_TRUE(machine::no_traces());
}

}  // namespace
}  // namespace jail::testing
