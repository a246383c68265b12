// SPDX-License-Identifier: Apache-2.0
// Two accounts of one jail share only its tree.
#include <filesystem>

#include "ssh_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

class AccountsTest : public SshTest {
protected:
    void SetUp() override {
        SshTest::SetUp();
        harlequin_ = std::make_unique<Connection>(server(), "harlequin");
        ivy_ = std::make_unique<Connection>(server(), "ivy");
        ASSERT_TRUE(harlequin_->logged_in() && ivy_->logged_in()) << harlequin_->error() << ivy_->error();
    }
    void TearDown() override {
        harlequin_.reset();
        ivy_.reset();
        SshTest::TearDown();
    }

    std::unique_ptr<Connection> harlequin_, ivy_;
};

TEST_F(AccountsTest, NoProcessOfTheOtherIsSeenOrSignalled) {
    const auto sleeper = ivy_->open();
    ASSERT_TRUE(sleeper->execute("echo begun; exec sleep 4300"));
    ASSERT_TRUE(sleeper->read_until("begun"));
    ASSERT_TRUE(eventually([] { return machine::runs("ivy", "sleep 4300"); }));
    const std::string seen = harlequin_->execute("ps -eo user:20,args").output;
    EXPECT_EQ(seen.find("4300"), std::string::npos) << seen;
    EXPECT_EQ(seen.find("ivy"), std::string::npos) << seen;
    EXPECT_EQ(seen.find("root"), std::string::npos) << seen;
    EXPECT_EQ(harlequin_
                  ->execute("ls -d /proc/[0-9]* | wc -l; for i in $(seq 2 40); do kill -0 $i 2> /dev/null && "
                            "echo $i; done | wc -l")
                  .exit_status,
              0);
    // Every pid that harlequin can name, the host's pids of ivy's processes included.
    std::string pids;
    for (const pid_t pid : machine::processes_of(machine::uid_of("ivy"))) pids += " " + std::to_string(pid);
    (void)harlequin_->execute("setsid bash -c 'kill -KILL" + pids + "; kill -KILL -- -1'");
    EXPECT_TRUE(machine::runs("ivy", "sleep 4300"));
    EXPECT_EQ(ivy_->execute("hostname").output, "arkham\n");
}

TEST_F(AccountsTest, NoFileOfTheOtherIsSeen) {
    EXPECT_EQ(ivy_->execute("umask 0; echo secret | tee /tmp/ivys ~/ivys /dev/shm/ivys "
                            "$XDG_RUNTIME_DIR/ivys; chmod 777 ~")
                  .exit_status,
              0);
    EXPECT_EQ(harlequin_->execute("ls /home").output, "harlequin\n");
    EXPECT_EQ(harlequin_->execute("ls -A /tmp /dev/shm | grep ivys").output, "");
    EXPECT_EQ(harlequin_->execute("ls /run/user").output,
              std::to_string(machine::uid_of("harlequin")) + "\n");
    EXPECT_NE(harlequin_->execute("cat /home/ivy/ivys").exit_status, 0);
    EXPECT_NE(harlequin_->execute("cd /home/ivy").exit_status, 0);
    EXPECT_FALSE(fs::exists("/tmp/ivys"));
    EXPECT_EQ(ivy_->execute("cat /tmp/ivys; rm ~/ivys; chmod 700 ~").output, "secret\n");
}

TEST_F(AccountsTest, NoSocketOrMemoryOfTheOtherIsReached) {
    Process client(server().ssh(
        "ivy", {"-R", "4571:127.0.0.1:1", "-R", "/tmp/ivys-socket:127.0.0.1:1", "echo begun; read wait"}));
    ASSERT_TRUE(client.read_until("begun"));
    EXPECT_NE(harlequin_->execute("probe connect 4571").output, "ok\n");
    EXPECT_NE(harlequin_->execute("probe connect-unix /tmp/ivys-socket").output, "ok\n");
    EXPECT_EQ(ivy_->execute("probe connect 4571").output, "ok\n")
        << "while ivy's other session does reach it";
    (void)client.finish();
}

TEST_F(AccountsTest, TheNamesInsideAreTheAccountsOwn) {
    EXPECT_EQ(harlequin_->execute("id -un; id -gn; whoami").output, "harlequin\nharlequin\nharlequin\n");
    EXPECT_EQ(harlequin_->execute("cut -d: -f1 /etc/passwd").output, "root\nharlequin\nnobody\n");
    EXPECT_EQ(ivy_->execute("cut -d: -f1 /etc/passwd").output, "root\nivy\nnobody\n");
    const Finished terminal = [&] {
        const auto channel = harlequin_->open();
        (void)channel->request_terminal(80, 24);
        (void)channel->execute("ls /dev/pts");
        return channel->finish();
    }();
    EXPECT_EQ(terminal.output, "0  ptmx\r\n") << "its terminal is the first of its own devpts";
}

}  // namespace
}  // namespace jail::testing
