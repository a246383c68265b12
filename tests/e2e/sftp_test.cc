// SPDX-License-Identifier: Apache-2.0
// sftp over the protocol itself, by both of sshd's servers: it serves the jail's files and no others.
#include <algorithm>
#include <filesystem>
#include <sstream>

#include "sftp_client.h"
#include "sftp_subsystems.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

template <class Subsystem>
class SftpTest : public SubsystemTest<Subsystem> {
protected:
    void SetUp() override {
        SubsystemTest<Subsystem>::SetUp();
        connection_ = std::make_unique<Connection>(this->server(), "harlequin");
        ASSERT_TRUE(connection_->logged_in()) << connection_->error() << connection_->banner();
        sftp_ = std::make_unique<SftpClient>(*connection_);
        ASSERT_TRUE(sftp_->started());
    }
    void TearDown() override {
        sftp_.reset();
        connection_.reset();
        fs::remove_all("/home/harlequin/test");
        SubsystemTest<Subsystem>::TearDown();
    }

    std::unique_ptr<Connection> connection_;
    std::unique_ptr<SftpClient> sftp_;
};
TYPED_TEST_SUITE(SftpTest, SftpSubsystems, SubsystemName);

TYPED_TEST(SftpTest, RootListingIsTheJails) {
    std::istringstream words(this->connection_->execute("ls -A /").output);
    std::vector<std::string> inside;
    for (std::string word; words >> word;) inside.push_back(word);
    std::sort(inside.begin(), inside.end());
    const std::vector<std::string> served = this->sftp_->list("/");
    EXPECT_EQ(served, inside);
    for (const char* name : {"boot", "mnt", "root", "srv", "sys", "work"})
        EXPECT_EQ(std::count(served.begin(), served.end(), name), 0) << name;
    EXPECT_EQ(this->sftp_->list("/home"), std::vector<std::string>{"harlequin"});
}

TYPED_TEST(SftpTest, ItStartsAtHome) {
    EXPECT_EQ(this->sftp_->resolve("."), "/home/harlequin");
}

TYPED_TEST(SftpTest, UploadDownloadRenameRemove) {
    const std::string data = binary_data(8u << 20);
    const SftpClient& sftp = *this->sftp_;
    ASSERT_TRUE(sftp.make_directory("test"));
    ASSERT_TRUE(sftp.write("test/a", data));
    EXPECT_TRUE(machine::read_file("/home/harlequin/test/a") == data)
        << "it is the account's home on the host";
    EXPECT_TRUE(sftp.rename("test/a", "test/b"));
    const auto back = sftp.read("/home/harlequin/test/b");
    ASSERT_TRUE(back.has_value());
    EXPECT_TRUE(*back == data) << back->size() << " bytes";
    EXPECT_FALSE(sftp.read("test/a").has_value());
    EXPECT_TRUE(sftp.remove("test/b"));
    EXPECT_TRUE(sftp.remove_directory("test"));
    EXPECT_FALSE(fs::exists("/home/harlequin/test"));
}

TYPED_TEST(SftpTest, HostFilesAreOutOfReach) {
    for (const char* path : {"/etc/shadow", "../../etc/shadow", "../../../../../../etc/shadow",
                             "/proc/1/root/etc/shadow", "/run/e2e/id", "/var/lib/jail/manifests/arkham",
                             "/home/ivy/.profile", "/sys/kernel/profiling", "/dev/log"})
        EXPECT_FALSE(this->sftp_->read(path).has_value()) << path;
    EXPECT_EQ(this->sftp_->read("/proc/kcore").value_or(""), "") << "masked, or not in this kernel";
    EXPECT_EQ(this->sftp_->resolve("../../../../.."), "/");
    EXPECT_EQ(this->sftp_->list("../../../../.."), this->sftp_->list("/"));
}

TYPED_TEST(SftpTest, SymlinksThatTheHostSeesElsewhereLeadIntoTheJail) {
    const SftpClient& sftp = *this->sftp_;
    ASSERT_TRUE(sftp.make_directory("test"));
    ASSERT_TRUE(sftp.link("/etc/shadow", "test/shadow"));
    ASSERT_TRUE(sftp.link("../../../../../etc/hostname", "test/hostname"));
    ASSERT_TRUE(sftp.link("/", "test/root"));
    ASSERT_TRUE(sftp.link("/run/e2e", "test/run"));
    ASSERT_TRUE(sftp.link("/proc/1/root", "test/init"));
    ASSERT_TRUE(fs::exists("/home/harlequin/test/shadow")) << "on the host it leads to the host's";
    EXPECT_FALSE(sftp.read("test/shadow").has_value());
    EXPECT_EQ(sftp.read("test/hostname"), "arkham\n");
    EXPECT_EQ(sftp.list("test/root"), sftp.list("/"));
    EXPECT_FALSE(sftp.read("test/root/etc/shadow").has_value());
    EXPECT_FALSE(sftp.read("test/run/id").has_value());
    EXPECT_FALSE(sftp.read("test/init/etc/shadow").has_value());
    EXPECT_FALSE(sftp.write("test/root/etc/x", "x"));
}

TYPED_TEST(SftpTest, HardLinksStayInTheHome) {
    const std::string client = this->server().client_config();
    const auto batch = [&](const std::string& commands) {
        return run({"sftp", "-F", client, "-b", "-", "harlequin"}, commands);
    };
    EXPECT_EQ(batch("mkdir test\nput /etc/hostname test/a\nln test/a test/b\n").exit_status(), 0);
    EXPECT_EQ(fs::hard_link_count("/home/harlequin/test/a"), 2u);
    EXPECT_NE(batch("ln /etc/passwd test/c\n").exit_status(), 0);
    EXPECT_NE(batch("ln /usr/bin/bash test/d\n").exit_status(), 0);
}

TYPED_TEST(SftpTest, OnlyHomeAndScratchCanBeWritten) {
    for (const char* directory : {"/", "/bin", "/dev", "/etc", "/etc/jail", "/home", "/proc", "/run",
                                  "/run/user", "/usr", "/usr/bin", "/usr/lib", "/var", "/dev/pts"})
        EXPECT_FALSE(this->sftp_->write(std::string(directory) + "/intruder", "x")) << directory;
    for (const char* directory : {"/home/harlequin", "/tmp", "/dev/shm"}) {
        EXPECT_TRUE(this->sftp_->write(std::string(directory) + "/visitor", "x")) << directory;
        EXPECT_TRUE(this->sftp_->remove(std::string(directory) + "/visitor")) << directory;
    }
    for (const char* file : {"/etc/passwd", "/etc/jail/instance", "/usr/bin/jailshell", "/bin/bash",
                             "/usr/lib/openssh/sftp-server"}) {
        EXPECT_FALSE(this->sftp_->write(file, "x")) << file;
        EXPECT_FALSE(this->sftp_->remove(file)) << file;
        EXPECT_FALSE(this->sftp_->rename(file, "/home/harlequin/taken")) << file;
    }
    EXPECT_FALSE(this->sftp_->rename("/home/harlequin", "/home/other"));
    EXPECT_FALSE(fs::exists("/tmp/visitor"));
}

}  // namespace
}  // namespace jail::testing
