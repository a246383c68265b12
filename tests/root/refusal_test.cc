// SPDX-License-Identifier: Apache-2.0
// A jail that is not whole: no session, and the reason is told.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "jail_fixture.h"
#include "libjail/policy/paths.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

class RefusalTest : public JailTest {
protected:
    const std::string state_ = paths::kStateDir;
    const std::string tree_ =
        state_ + "/trees/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    // The session is refused before anything runs, for this reason.
    void expect_refused(const std::string& reason) {
        const Outcome outcome = session(kHarlequin, "exit 0");
        EXPECT_EQ(WEXITSTATUS(outcome.status), 100) << outcome.output;
        EXPECT_NE(outcome.output.find(reason), std::string::npos) << outcome.output;
    }
};

TEST_F(RefusalTest, WithoutAnAccountRecord) {
    fs::remove(state_ + "/accounts/" + harlequin_id());
    expect_refused("open /var/lib/jail/accounts/" + harlequin_id() + ": No such file");
}

TEST_F(RefusalTest, WithoutAManifest) {
    fs::remove(state_ + "/manifests/arkham");
    expect_refused("open /var/lib/jail/manifests/arkham: No such file");
}

TEST_F(RefusalTest, WithADamagedManifest) {
    fs::resize_file(state_ + "/manifests/arkham", 100);
    expect_refused("cannot decode the record");
}

TEST_F(RefusalTest, WithAManifestOfAnotherOwner) {
    ASSERT_EQ(::chown((state_ + "/manifests/arkham").c_str(), kHarlequin, kHarlequin), 0);
    expect_refused("not owned by root");
    ASSERT_EQ(::chown((state_ + "/manifests/arkham").c_str(), 0, 0), 0);
}

TEST_F(RefusalTest, WithAManifestThatOthersCanWrite) {
    ASSERT_EQ(::chmod((state_ + "/manifests/arkham").c_str(), 0666), 0);
    expect_refused("writable by group or others");
    ASSERT_EQ(::chmod((state_ + "/manifests/arkham").c_str(), 0644), 0);
}

TEST_F(RefusalTest, WithASymlinkForAManifest) {
    fs::rename(state_ + "/manifests/arkham", state_ + "/manifests/elsewhere");
    fs::create_symlink("elsewhere", state_ + "/manifests/arkham");
    expect_refused("Too many levels of symbolic links");
    fs::remove(state_ + "/manifests/arkham");
}

TEST_F(RefusalTest, WithAFifoForAManifestItDoesNotHang) {
    fs::remove(state_ + "/manifests/arkham");
    ASSERT_EQ(::mkfifo((state_ + "/manifests/arkham").c_str(), 0644), 0);
    expect_refused("not a file");
    fs::remove(state_ + "/manifests/arkham");
}

TEST_F(RefusalTest, WithADirectoryOfStateThatOthersCanWrite) {
    ASSERT_EQ(::chmod((state_ + "/trees").c_str(), 0777), 0);
    expect_refused("writable by group or others");
    ASSERT_EQ(::chmod((state_ + "/trees").c_str(), 0755), 0);
}

TEST_F(RefusalTest, WithoutItsTree) {
    fs::rename(tree_, state_ + "/gone");
    expect_refused("No such file");
    fs::rename(state_ + "/gone", tree_);
}

TEST_F(RefusalTest, WithATreeThatIsTheAccountsOwn) {
    ASSERT_EQ(::chown(tree_.c_str(), kHarlequin, kHarlequin), 0);
    expect_refused("not owned by root");
    ASSERT_EQ(::chown(tree_.c_str(), 0, 0), 0);
}

TEST_F(RefusalTest, WithoutAHome) {
    fs::rename("/home/harlequin", "/home/gone");
    expect_refused("open home /home/harlequin: No such file");
    fs::rename("/home/gone", "/home/harlequin");
}

TEST_F(RefusalTest, WithASymlinkForAHome) {
    fs::rename("/home/harlequin", "/home/elsewhere");
    fs::create_symlink("/home/ivy", "/home/harlequin");
    expect_refused("open home /home/harlequin");
    fs::remove("/home/harlequin");
    fs::rename("/home/elsewhere", "/home/harlequin");
}

TEST_F(RefusalTest, WithAHomeOfAnotherAccount) {
    ASSERT_EQ(::chown("/home/harlequin", kIvy, kIvy), 0);
    expect_refused("not the account's own");
    ASSERT_EQ(::chown("/home/harlequin", kHarlequin, kHarlequin), 0);
}

TEST_F(RefusalTest, WhenTheUidBelongsToAnotherNameNow) {
    std::ofstream(state_ + "/accounts/" + harlequin_id(), std::ios::binary)
        << encode(AccountRecord{"joker", kHarlequin, "arkham"});
    expect_refused("its uid is now another account's");
}

TEST_F(RefusalTest, WithASeccompProgramThatTheKernelRefuses) {
    manifest_.seccomp = std::string(16, '\xff');
    publish();
    const Outcome outcome = session(kHarlequin, "exit 0");
    EXPECT_EQ(WEXITSTATUS(outcome.status), 101);
    EXPECT_NE(outcome.output.find("load the seccomp filter: Invalid argument"), std::string::npos)
        << outcome.output;
}

TEST_F(RefusalTest, WithAShellThatIsNotInTheTree) {
    manifest_.shell = "/bin/absent";
    publish();
    const Outcome outcome = session(kHarlequin, "exit 0");
    EXPECT_EQ(WEXITSTATUS(outcome.status), 254);
    EXPECT_NE(outcome.output.find("execute /bin/absent"), std::string::npos) << outcome.output;
}

TEST_F(RefusalTest, AShellWherePolicyHasOnlySftp) {
    manifest_.access = {false, true};
    manifest_.sftp_server = "/bin/probe";
    publish();
    const Outcome shell = session(kHarlequin, "exit 0");
    EXPECT_EQ(WEXITSTATUS(shell.status), 254);
    EXPECT_NE(shell.output.find("sftp, and nothing else"), std::string::npos) << shell.output;
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "/usr/lib/openssh/sftp-server exit 7").status), 7)
        << "the tree's own is executed";
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "/usr/lib/openssh/sftp-server;exit 7").status), 254);
}

TEST_F(RefusalTest, WithAParentOfTheHomeThatOthersCanWrite) {
    ASSERT_EQ(::chmod("/home", 0777), 0);
    expect_refused("/home cannot be trusted: writable by group or others");
    ASSERT_EQ(::chmod("/home", 0755), 0);
}

TEST_F(RefusalTest, WithAFifoForAHomeItDoesNotHang) {
    fs::rename("/home/harlequin", "/home/gone");
    ASSERT_EQ(::mkfifo("/home/harlequin", 0700), 0);
    expect_refused("open home /home/harlequin");
    fs::remove("/home/harlequin");
    fs::rename("/home/gone", "/home/harlequin");
}

TEST_F(RefusalTest, WithASymlinkForAMountPoint) {
    manifest_.mounts = {{"/usr/share", "/bin", false, false}};  // a link, in the tree
    publish();
    expect_refused("open inside the jail /bin");
}

TEST_F(RefusalTest, WithARunDirectoryOfTheAccounts) {
    const std::string directory = std::string(paths::kRunDir) + "/" + harlequin_id();
    fs::create_directories(directory);
    ASSERT_EQ(::chown(directory.c_str(), kHarlequin, kHarlequin), 0);
    expect_refused(directory + " cannot be trusted: not owned by root");
    fs::remove_all(directory);
}

TEST_F(RefusalTest, WithASupervisorThatSaysNothing) {
    manifest_.grace_seconds = 60;
    publish();
    EXPECT_EQ(session(kHarlequin, "exit 0").status, 0);
    signal_to(supervisor_of(kHarlequin), SIGSTOP);
    expect_refused("the supervisor of uid " + harlequin_id() +
                   " accepted a connection and does not answer; jail-provision kill ends it");
    signal_to(supervisor_of(kHarlequin), SIGCONT);
    EXPECT_EQ(session(kHarlequin, "exit 0").status, 0) << "who has given up is no session";
    signal_to(supervisor_of(kHarlequin), SIGTERM);
}

TEST_F(RefusalTest, ASupervisorOfNoUid) {
    for (const char* uid :
         {"0", "-1", "4294967295", "4294967296", "18446744073709551616", "1001x", "", " "}) {
        const Outcome outcome =
            run([&] { return ::execl(paths::kSupervisor, "jail-supervisor", uid, nullptr); });
        EXPECT_EQ(WEXITSTATUS(outcome.status), 1) << uid;
        EXPECT_NE(outcome.output.find("read uid"), std::string::npos) << uid << ": " << outcome.output;
    }
}

}  // namespace
}  // namespace jail::testing
