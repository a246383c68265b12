// SPDX-License-Identifier: Apache-2.0
// sshd without pam_jail: jailshell is the only door. Without its setuid bit it refuses; with it the shell is
// in the jail, though sshd itself, and so internal-sftp and forwards, are not.
#include <csignal>
#include <filesystem>

#include "ssh_fixture.h"

namespace jail::testing {
namespace {

class SetuidDoorTest : public SshTest {
protected:
    static void SetUpTestSuite() {
        SshServer::Options options;
        options.pam_jail = false;
        start_server(options);
    }
    void SetUp() override {
        SshTest::SetUp();
        machine::set_setuid(true);
    }
    void TearDown() override {
        machine::set_setuid(false);
        SshTest::TearDown();
    }
};

TEST_F(SetuidDoorTest, WithoutTheBitItRefusesAndSaysWhy) {
    machine::set_setuid(false);
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"touch ~/executed"}, {"-tt"}}) {
        const Outcome outcome = ssh("harlequin", arguments);
        EXPECT_EQ(outcome.exit_status(), 254);
        EXPECT_NE((outcome.output + outcome.errors).find("pam_jail is not in its PAM service"),
                  std::string::npos)
            << outcome.output << outcome.errors;
    }
    EXPECT_EQ(ssh("harlequin", {"-s", "sftp"}).exit_status(), 254)
        << "sshd drops what a subsystem writes as an error";
    EXPECT_FALSE(std::filesystem::exists("/home/harlequin/executed"));
    EXPECT_NE(ssh("alfred", {"id -un"}).output.find("alfred"), std::string::npos);
}

TEST_F(SetuidDoorTest, WithoutTheBitTheLogSaysWhoWasRefusedAndWhy) {
    machine::set_setuid(false);
    EXPECT_EQ(ssh("harlequin", {"true"}).exit_status(), 254);
    const std::string logged = log().wait_for("jailshell");
    EXPECT_NE(logged.find("event "), std::string::npos) << logged;
}

TEST_F(SetuidDoorTest, ACommandIsInside) {
    const Outcome outcome = ssh("harlequin", {"hostname; probe facts; ls /home"});
    EXPECT_EQ(outcome.output.rfind("arkham\n", 0), 0u) << outcome.output << outcome.errors;
    EXPECT_NE(outcome.output.find("CapBnd:\t0000000000000000"), std::string::npos) << outcome.output;
    EXPECT_NE(outcome.output.find("NoNewPrivs:\t1"), std::string::npos);
    const std::string uid = std::to_string(machine::uid_of("harlequin"));
    EXPECT_NE(outcome.output.find("Uid:\t" + uid + "\t" + uid + "\t" + uid + "\t" + uid), std::string::npos);
    EXPECT_EQ(outcome.output.find("ivy"), std::string::npos);
}

TEST_F(SetuidDoorTest, ExitStatusesAndSignalsArrive) {
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    for (const int status : {0, 1, 7, 127, 254, 255})
        EXPECT_EQ(connection.execute("exit " + std::to_string(status)).exit_status, status);
    for (const std::string signal : {"TERM", "KILL", "SEGV"})
        EXPECT_EQ(connection.execute("kill -" + signal + " $$").signal, signal);
}

TEST_F(SetuidDoorTest, BinaryDataGoesBothWaysIntact) {
    const std::string data = binary_data(8u << 20);
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    const Finished finished = connection.execute("cat", data);
    EXPECT_TRUE(finished.output == data) << finished.output.size() << " bytes";
}

TEST_F(SetuidDoorTest, OutputAndErrorsAreKeptApart) {
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    const Finished finished = connection.execute("echo output; echo errors >&2");
    EXPECT_EQ(finished.output, "output\n");
    EXPECT_EQ(finished.errors, "errors\n");
}

TEST_F(SetuidDoorTest, TheTerminalIsRelayed) {
    Process client(server().ssh("harlequin", {"-tt"}), Process::Stdio::kTerminal);
    client.write("stty size; tty; hostname\n");
    ASSERT_TRUE(client.read_until("24 80\r\n/dev/pts/")) << client.output();
    ASSERT_TRUE(client.read_until("\r\narkham\r\n")) << client.output();
    client.resize(132, 50);
    client.write("while [ \"$(stty size)\" = \"24 80\" ]; do sleep 0.1; done; stty size\n");
    ASSERT_TRUE(client.read_until("50 132\r\n")) << client.output();
    client.write("sleep 1000\n");
    ASSERT_TRUE(eventually([] {
        for (const pid_t pid : machine::processes_of(machine::uid_of("harlequin")))
            if (machine::command_line_of(pid) == "sleep 1000" && machine::in_foreground(pid)) return true;
        return false;
    }));
    client.write("\x03");
    ASSERT_TRUE(client.read_until("^C")) << client.output();
    client.write("echo after-$?\n");
    EXPECT_TRUE(client.read_until("after-130")) << client.output();
    client.write("exit 9\n");
    EXPECT_EQ(client.finish().exit_status(), 9);
}

TEST_F(SetuidDoorTest, ATerminalCarriesManyBytes) {
    Process client(server().ssh("harlequin", {"-tt", "stty raw; seq 200000; echo end"}),
                   Process::Stdio::kTerminal);
    const Outcome outcome = client.finish({}, 60);
    EXPECT_EQ(outcome.exit_status(), 0);
    const std::string expected = run({"seq", "200000"}).output;
    std::string plain;
    for (const char c : outcome.output)
        if (c != '\r') plain += c;
    EXPECT_NE(plain.find(expected + "end\n"), std::string::npos)
        << plain.size() << " bytes, expected " << expected.size();
}

TEST_F(SetuidDoorTest, TheSftpServerProgramIsInside) {
    const Outcome outcome = run({"sftp", "-F", server().client_config(), "-b", "-", "harlequin"},
                                "ls /home\nput /etc/hostname up\nget /etc/hostname /run/e2e/down\nrm up\n");
    EXPECT_EQ(outcome.exit_status(), 0) << outcome.errors;
    EXPECT_EQ(machine::read_file("/run/e2e/down"), "arkham\n");
    EXPECT_EQ(outcome.output.find("ivy"), std::string::npos);
}

TEST_F(SetuidDoorTest, ATerminalsClientThatVanishesLeavesNothing) {
    Process client(server().ssh("harlequin", {"-tt", "echo ready; sleep 4247"}), Process::Stdio::kTerminal);
    ASSERT_TRUE(client.read_until("ready")) << client.output();
    client.send_signal(SIGKILL);
    EXPECT_TRUE(machine::no_traces());
}

// Without a terminal a command gets no signal when its client is gone, with or without a jail: it sees the
// end of its input.
TEST_F(SetuidDoorTest, ACommandWhoseClientVanishesSeesTheEndOfItsInput) {
    Process client(server().ssh("harlequin", {"echo ready; cat; probe linger 4248"}));
    ASSERT_TRUE(client.read_until("ready")) << client.output();
    client.send_signal(SIGKILL);
    EXPECT_TRUE(machine::no_traces());
}

}  // namespace
}  // namespace jail::testing
