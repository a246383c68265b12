// SPDX-License-Identifier: Apache-2.0
// A command without a terminal: what goes in, what comes out, and how it ends.
#include "ssh_fixture.h"

namespace jail::testing {
namespace {

class ExecTest : public SshTest {};

constexpr std::size_t kManyBytes = 8u << 20;

TEST_F(ExecTest, EveryExitStatusArrives) {
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error() << connection.banner();
    for (int status = 0; status < 256; ++status)
        ASSERT_EQ(connection.execute("exit " + std::to_string(status)).exit_status, status);
}

TEST_F(ExecTest, TheStockClientEndsWithTheCommandsExitStatus) {
    EXPECT_EQ(ssh("harlequin", {"exit 7"}).exit_status(), 7);
    EXPECT_EQ(ssh("harlequin", {"true"}).exit_status(), 0);
}

TEST_F(ExecTest, DeathBySignalIsToldAsSuch) {
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    for (const std::string signal : {"TERM", "KILL", "HUP", "USR1", "SEGV"}) {
        const Finished finished = connection.execute("kill -" + signal + " $$");
        EXPECT_EQ(finished.signal, signal);
        EXPECT_EQ(finished.exit_status, -1) << signal;
    }
    EXPECT_EQ(ssh("harlequin", {"kill -TERM $$"}).exit_status(), 255);
}

TEST_F(ExecTest, BinaryDataGoesBothWaysIntact) {
    const std::string data = binary_data(kManyBytes);
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    const Finished finished = connection.execute("cat", data);
    EXPECT_EQ(finished.exit_status, 0);
    EXPECT_TRUE(finished.output == data) << finished.output.size() << " bytes";
    const Outcome stock = ssh("harlequin", {"cat"}, data);
    EXPECT_TRUE(stock.output == data) << stock.output.size() << " bytes " << stock.errors;
}

TEST_F(ExecTest, HashesAreThoseOfTheOtherSide) {
    const std::string data = binary_data(kManyBytes);
    const Outcome here = run({"sha256sum"}, data);
    EXPECT_EQ(ssh("harlequin", {"sha256sum"}, data).output, here.output);
    const Outcome there =
        ssh("harlequin", {"head -c 8388608 /dev/urandom | tee copy; sha256sum < copy >&2; rm copy"});
    EXPECT_EQ(run({"sha256sum"}, there.output).output, there.errors);
}

TEST_F(ExecTest, OutputAndErrorsAreKeptApart) {
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    const Finished finished = connection.execute("echo output; echo errors >&2");
    EXPECT_EQ(finished.output, "output\n");
    EXPECT_EQ(finished.errors, "errors\n");
}

TEST_F(ExecTest, TheCommandIsOneStringForTheJailsShell) {
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    EXPECT_EQ(connection.execute("printf '%s|' \"a  b\" '$HOME' *x; echo $((6*7)); : \"").exit_status, 2)
        << "bash's own error";
    EXPECT_EQ(connection.execute("printf '%s|' \"a  b\" '$HOME'; echo $((6*7))").output, "a  b|$HOME|42\n");
    EXPECT_EQ(connection.execute("hostname").output, "arkham\n");
    EXPECT_EQ(connection.execute("pwd; echo $0; echo $USER:$HOME:$SHELL").output,
              "/home/harlequin\nbash\nharlequin:/home/harlequin:/bin/bash\n");
}

TEST_F(ExecTest, AShellWithoutATerminalReadsItsInput) {
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    const auto channel = connection.open();
    ASSERT_TRUE(channel->start_shell());
    const Finished finished = channel->finish("echo $0; tty; hostname; exit 5\n");
    EXPECT_EQ(finished.exit_status, 5);
    EXPECT_TRUE(ends_with(finished.output, "-bash\nnot a tty\narkham\n"))
        << finished.output << finished.errors;
}

TEST_F(ExecTest, TheTreesRootIsWhatACommandSees) {
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    EXPECT_NE(connection.execute("cat /etc/shadow").exit_status, 0);
    EXPECT_EQ(connection.execute("ls /home").output, "harlequin\n");
    EXPECT_NE(connection.execute("touch /usr/bin/x").exit_status, 0);
    EXPECT_EQ(connection.execute("type sudo su passwd mount || true").output, "");
}

TEST_F(ExecTest, PasswordAndKeyboardInteractiveLoginsAreInsideToo) {
    for (const auto method : {Connection::Method::kPassword, Connection::Method::kKeyboardInteractive}) {
        const Connection connection(server(), "harlequin", method);
        ASSERT_TRUE(connection.logged_in()) << connection.error() << connection.banner();
        EXPECT_EQ(connection.execute("hostname").output, "arkham\n");
    }
}

}  // namespace
}  // namespace jail::testing
