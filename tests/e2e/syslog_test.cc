// SPDX-License-Identifier: Apache-2.0
// `syslog: host`: messages of sshd, sftp-server and the account's own programs reach the host's log, and a
// flood of them does not displace other messages.
#include <filesystem>

#include "libjail/policy/paths.h"
#include "ssh_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

class SyslogTest : public SshTest {
protected:
    static void SetUpTestSuite() {
        SshServer::Options options;
        options.sftp = "/usr/lib/openssh/sftp-server -l INFO";
        options.extra = "LogLevel VERBOSE";
        start_server(options);
    }
    void SetUp() override {
        SshTest::SetUp();
        policy_ = machine::read_file(kPolicy);
    }
    void TearDown() override {
        machine::write_file(kPolicy, policy_);
        EXPECT_EQ(run({"jail-provision", "build"}).exit_status(), 0);
        SshTest::TearDown();
    }

    void set_policy(const std::string& syslog) {
        machine::write_file(kPolicy, policy_ + "syslog: " + syslog + "\n");
        const Outcome built = run({"jail-provision", "build"});
        ASSERT_EQ(built.exit_status(), 0) << built.output << built.errors;
    }
    // A text that no other test has logged.
    static std::string unique(const std::string& text) {
        static int count = 0;
        return text + "-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
    }
    static Outcome upload(const std::string& name) {
        return run({"sftp", "-F", server().client_config(), "-b", "-", "harlequin"},
                   "put /etc/hostname " + name + "\n");
    }
    // As fast as one process can.
    static std::string flood(const std::string& text, int lines) {
        return "yes " + text + " | head -n " + std::to_string(lines) + " | logger -t flood";
    }

    static constexpr char kPolicy[] = "/etc/jail/jails/arkham.yaml";
    std::string policy_;
};

TEST_F(SyslogTest, WithTheKeySftpServersAndSshdsMessagesReachTheHost) {
    set_policy("host");
    const std::string name = unique("uploaded");
    EXPECT_EQ(upload(name).exit_status(), 0);
    const std::string opened = log().wait_for("open \"/home/harlequin/" + name);
    EXPECT_NE(opened.find(" jail["), std::string::npos) << opened;
    EXPECT_NE(opened.find("arkham/harlequin: sftp-server["), std::string::npos) << opened;
    EXPECT_EQ(opened.rfind("<14>", 0), 0u) << opened;
    EXPECT_NE(log().wait_for("pam_unix(sshd-jail:session): session closed for user harlequin"), "")
        << "the monitor's own, as it is";
}

TEST_F(SyslogTest, WithoutTheKeyTheyDoNot) {
    const std::string name = unique("uploaded");
    const std::size_t closed = log().find("session closed for user harlequin").size();
    EXPECT_EQ(upload(name).exit_status(), 0);
    EXPECT_EQ(ssh("harlequin", {"test -e /dev/log && echo there; true"}).output, "");
    EXPECT_TRUE(machine::no_traces());
    EXPECT_TRUE(log().find(name).empty());
    EXPECT_EQ(log().find("session closed for user harlequin").size(), closed);
}

TEST_F(SyslogTest, AnAccountCannotPassForAnother) {
    set_policy("host");
    const std::string text = unique("Accepted password for root from 203.0.113.1 port 22 ssh2");
    EXPECT_EQ(ssh("harlequin",
                  {"logger -p authpriv.emerg -t 'sshd[1]' '" + text + "'; logger --id=1 '" + text + "'"})
                  .exit_status(),
              0);
    ASSERT_TRUE(eventually([&] { return log().find(text).size() == 2; }));
    for (const std::string& message : log().find(text)) {
        EXPECT_TRUE(message.rfind("<11>", 0) == 0 || message.rfind("<13>", 0) == 0) << message;
        EXPECT_NE(message.find("]: arkham/harlequin: "), std::string::npos) << message;
    }
}

TEST_F(SyslogTest, NothingInTheJailCanTakeTheSocketAway) {
    set_policy("host");
    const std::string text = unique("still there");
    EXPECT_EQ(
        ssh("harlequin", {"rm -f /dev/log; mv /dev/log /tmp/log; chmod 0 /dev/log; logger '" + text + "'"})
            .exit_status(),
        0);
    EXPECT_NE(log().wait_for(text), "");
}

TEST_F(SyslogTest, AFloodFromOneAccountDrownsNeitherTheOtherNorSshd) {
    set_policy("host");
    constexpr int kLines = 100000;
    const std::string text = unique("flood"), other = unique("other");
    const std::size_t closed = log().find("session closed for user harlequin").size();
    Process flooder(server().ssh("harlequin", {flood(text, kLines)}));
    ASSERT_TRUE(eventually([&] { return log().find(text).size() >= 100; }));
    EXPECT_EQ(ssh("ivy", {"logger '" + other + "'"}).exit_status(), 0);
    EXPECT_NE(log().wait_for(other), "") << "while harlequin floods";
    EXPECT_TRUE(flooder.running());
    EXPECT_EQ(flooder.finish({}, 120).exit_status(), 0);
    EXPECT_TRUE(machine::no_traces());
    EXPECT_EQ(log().find("session closed for user harlequin").size(), closed + 1) << "the monitor's own";
    const std::size_t passed = log().find(text).size();
    EXPECT_LT(passed, 3000u) << "200 in a row, then 20 a second";
    std::size_t kept_back = 0;
    for (const std::string& message : log().find(" messages to syslog were kept back")) {
        const std::string count = message.substr(message.find("harlequin: ") + 11);
        kept_back += std::stoul(count);
    }
    EXPECT_GE(passed + kept_back, static_cast<std::size_t>(kLines));
    EXPECT_LE(passed + kept_back, static_cast<std::size_t>(kLines) + 10);
    std::printf("%zu of %d messages passed\n", passed, kLines);
}

}  // namespace
}  // namespace jail::testing
