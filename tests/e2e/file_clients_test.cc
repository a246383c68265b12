// SPDX-License-Identifier: Apache-2.0
// The stock clients that move files: sftp, scp by either protocol, rsync.
#include <filesystem>

#include "sftp_subsystems.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

template <class Subsystem>
class FileClientsTest : public SubsystemTest<Subsystem> {
protected:
    void SetUp() override {
        SubsystemTest<Subsystem>::SetUp();
        fs::remove_all(here_);
        fs::create_directories(here_ + "/tree/deep");
        machine::write_file(here_ + "/tree/data", binary_data(1u << 20));
        machine::write_file(here_ + "/tree/deep/empty", "");
        machine::write_file(here_ + "/tree/deep/name with  spaces $HOME", "ha\n");
    }
    void TearDown() override {
        fs::remove_all("/home/harlequin/tree");
        SubsystemTest<Subsystem>::TearDown();
    }

    // There and back by `upload` and `download`, then compared.
    void round_trip(const std::vector<std::string>& upload, const std::vector<std::string>& download) {
        const Outcome up = run(upload);
        ASSERT_EQ(up.exit_status(), 0) << up.output << up.errors;
        ASSERT_TRUE(fs::exists("/home/harlequin/tree/deep/empty"));
        const Outcome down = run(download);
        ASSERT_EQ(down.exit_status(), 0) << down.output << down.errors;
        const Outcome compared = run({"diff", "-r", here_ + "/tree", here_ + "/back/tree"});
        EXPECT_EQ(compared.exit_status(), 0) << compared.output << compared.errors;
    }

    const std::string here_ = std::string(machine::kRunDir) + "/files";
    const std::string config_ = SshTest::server().client_config();
};
TYPED_TEST_SUITE(FileClientsTest, SftpSubsystems, SubsystemName);

TYPED_TEST(FileClientsTest, Sftp) {
    fs::create_directories(this->here_ + "/back");
    const Outcome outcome = run({"sftp", "-F", this->config_, "-b", "-", "harlequin"},
                                "put -R " + this->here_ + "/tree\nls -l /\nget -R tree " + this->here_ +
                                    "/back/\nrename tree/data tree/moved\nchmod 600 tree/moved\ndf -h\n");
    ASSERT_EQ(outcome.exit_status(), 0) << outcome.output << outcome.errors;
    EXPECT_TRUE(fs::exists("/home/harlequin/tree/moved"));
    EXPECT_EQ(run({"diff", "-r", this->here_ + "/tree", this->here_ + "/back/tree"}).output, "");
    EXPECT_NE(run({"sftp", "-F", this->config_, "-b", "-", "harlequin"}, "get /etc/shadow /run/e2e/files/\n")
                  .exit_status(),
              0);
}

TYPED_TEST(FileClientsTest, ScpOverSftp) {
    fs::create_directories(this->here_ + "/back");
    this->round_trip({"scp", "-F", this->config_, "-r", this->here_ + "/tree", "harlequin:"},
                     {"scp", "-F", this->config_, "-r", "harlequin:tree", this->here_ + "/back/"});
    EXPECT_NE(run({"scp", "-F", this->config_, "harlequin:/etc/shadow", this->here_ + "/"}).exit_status(), 0);
}

TYPED_TEST(FileClientsTest, ScpByItsOwnProtocol) {
    fs::create_directories(this->here_ + "/back");
    this->round_trip({"scp", "-O", "-F", this->config_, "-r", this->here_ + "/tree", "harlequin:"},
                     {"scp", "-O", "-F", this->config_, "-r", "harlequin:tree", this->here_ + "/back/"});
    EXPECT_NE(
        run({"scp", "-O", "-F", this->config_, "harlequin:/etc/shadow", this->here_ + "/"}).exit_status(), 0);
    EXPECT_NE(run({"scp", "-O", "-F", this->config_, this->here_ + "/tree/data", "harlequin:/usr/bin/"})
                  .exit_status(),
              0);
}

TYPED_TEST(FileClientsTest, Rsync) {
    fs::create_directories(this->here_ + "/back");
    const std::string shell = "ssh -F " + this->config_;
    this->round_trip({"rsync", "-a", "-e", shell, this->here_ + "/tree", "harlequin:"},
                     {"rsync", "-a", "-e", shell, "harlequin:tree", this->here_ + "/back/"});
    machine::write_file(this->here_ + "/tree/data", "changed");
    this->round_trip({"rsync", "-a", "--checksum", "-e", shell, this->here_ + "/tree", "harlequin:"},
                     {"rsync", "-a", "--checksum", "-e", shell, "harlequin:tree", this->here_ + "/back/"});
    EXPECT_NE(run({"rsync", "-a", "-e", shell, "harlequin:/etc/shadow", this->here_ + "/"}).exit_status(), 0);
    EXPECT_NE(run({"rsync", "-a", "-e", shell, this->here_ + "/tree", "harlequin:/usr/"}).exit_status(), 0);
}

}  // namespace
}  // namespace jail::testing
