// SPDX-License-Identifier: Apache-2.0
// jail-provision on a host: what it makes, and what stays when it fails. Inside scripts/sandbox.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "libjail/policy/trusted_store.h"
#include "shell.h"
#include "tests/closed_doors.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

class ProvisionTest : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(::getuid(), 0u) << "root tests run inside scripts/sandbox";
        close_doors();
        sh("for a in dent nygma; do userdel -rf $a; rm -rf /home/$a /tmp/$a; useradd -m -s /bin/sh $a; done; "
           "rm -rf /var/lib/jail/* "
           "/etc/jail/jails/*");
        policy(
            "jail: gotham\ncommands: [bash, ls, cat]\nfiles:\n  - {path: /notice.txt, content: "
            "\"hello\\n\"}\n");
    }
    void TearDown() override { sh("rm -rf /var/lib/jail/* /etc/jail/jails/*"); }

    static void policy(const std::string& text, const std::string& name = "gotham") {
        std::ofstream("/etc/jail/jails/" + name + ".yaml") << text;
    }
    static std::string tree() { return "/var/lib/jail/trees/" + load_manifest("gotham").value().tree; }

    // The command fails with one line that says `why`, without a change.
    static void expect_refused(const std::string& command, const std::string& why) {
        const std::string before = state(), passwd = read_file("/etc/passwd");
        const Ran run = sh(command);
        EXPECT_NE(run.status, 0) << command;
        EXPECT_NE(run.output.find(why), std::string::npos) << command << ": " << run.output;
        EXPECT_TRUE(state() == before) << command << " changed the state";
        EXPECT_TRUE(read_file("/etc/passwd") == passwd) << command << " changed /etc/passwd";
    }
};

// `environment: set` may hold a secret, as the policy's own file may.
TEST_F(ProvisionTest, RecordsAreRootsAloneToRead) {
    policy("jail: gotham\ncommands: [bash]\nenvironment: {set: {API_TOKEN: s3cr3t}}\n");
    ASSERT_EQ(sh("jail-provision add dent --jail gotham").status, 0);
    EXPECT_EQ(
        sh("find /var/lib/jail/manifests /var/lib/jail/generations /var/lib/jail/accounts -type f -perm /077")
            .output,
        "");
    EXPECT_EQ(sh("setpriv --reuid nygma --clear-groups grep -rl s3cr3t /var/lib/jail 2> /dev/null").output,
              "");
}

TEST_F(ProvisionTest, AddBindsTheAccountAndRemoveGivesItBack) {
    ASSERT_EQ(sh("jail-provision add dent --jail gotham").status, 0);
    EXPECT_EQ(shell_of("dent"), "/usr/bin/jailshell");
    const Ran list = sh("jail-provision list");
    EXPECT_NE(list.output.find("dent"), std::string::npos) << list.output;
    EXPECT_EQ(read_file(tree() + "/notice.txt"), "hello\n");
    ASSERT_EQ(sh("jail-provision remove dent").status, 0);
    EXPECT_EQ(shell_of("dent"), "/bin/sh");
    EXPECT_EQ(sh("jail-provision list").output.find("dent"), std::string::npos);
}

TEST_F(ProvisionTest, TheTreeOfBashLsAndCatRunsByItself) {
    ASSERT_EQ(sh("jail-provision add dent --jail gotham").status, 0);
    const Ran run = sh("chroot " + tree() + " /bin/bash -c 'ls /; cat /notice.txt'");
    EXPECT_EQ(run.status, 0) << run.output;
    EXPECT_NE(run.output.find("hello"), std::string::npos) << run.output;
}

TEST_F(ProvisionTest, TwoAccountsShareOneTree) {
    ASSERT_EQ(sh("jail-provision add dent --jail gotham && jail-provision add nygma --jail gotham").status,
              0);
    EXPECT_EQ(std::distance(fs::directory_iterator("/var/lib/jail/trees"), {}), 1);
    EXPECT_EQ(load_manifest("gotham").value().generation, 1u);
}

TEST_F(ProvisionTest, NothingInATreeGivesPrivilegeOrCanBeWritten) {
    sh("cp /bin/cat /usr/local/bin/setuid-cat && chmod 6755 /usr/local/bin/setuid-cat && setcap "
       "cap_net_raw+ep /usr/local/bin/setuid-cat");
    policy("jail: gotham\ncommands: [bash, setuid-cat]\n");
    ASSERT_EQ(sh("jail-provision add dent --jail gotham").status, 0);
    EXPECT_EQ(
        sh("find " + tree() + " -perm /7000 -o ! -user root -o ! -group root -o ! -type l -perm /022").output,
        "");
    EXPECT_EQ(sh("getcap -r " + tree()).output, "");
    EXPECT_TRUE(fs::exists(tree() + "/usr/local/bin/setuid-cat"));
}

TEST_F(ProvisionTest, BadNamesAreRefused) {
    expect_refused("jail-provision add --jail gotham -- ../x", "no name for an account");
    expect_refused("jail-provision add --jail gotham -- -rf", "no name for an account");
    expect_refused("jail-provision add --jail gotham -- \"$(printf 'a\\nb')\"", "a\\x0ab");
    expect_refused("jail-provision add --jail gotham root", "root is never jailed");
    expect_refused("jail-provision add --jail gotham nobody", "");
    expect_refused("jail-provision add --jail gotham nosuch", "no such account");
    expect_refused("jail-provision add --jail ../x dent", "");
    expect_refused("jail-provision add --jail nosuch dent", "nosuch");
    expect_refused("jail-provision add dent", "");
    EXPECT_EQ(sh("jail-provision add").status, 64);
    EXPECT_EQ(sh("jail-provision frobnicate").status, 64);
}

TEST_F(ProvisionTest, BadPoliciesAreRefusedWithTheirPosition) {
    ASSERT_EQ(sh("jail-provision add dent --jail gotham").status, 0);
    policy("jail: gotham\ncommnads: [bash]\n");
    expect_refused("jail-provision build gotham",
                   "gotham.yaml:2:1: unknown key 'commnads', did you mean 'commands'?");
    policy("jail: gotham\ncommands: bash\n");
    expect_refused("jail-provision build gotham", "gotham.yaml:2:11:");
    policy("jail: gotham\ncommands: [bash, nosuchcommand]\n");
    expect_refused("jail-provision build gotham", "unknown command 'nosuchcommand'");
    policy("jail: gotham\ncommands: [bash\n");
    expect_refused("jail-provision build gotham", "gotham.yaml:");
    EXPECT_EQ(sh("jail-provision check").status, 1);
}

TEST_F(ProvisionTest, PoliciesOfOthersAreRefused) {
    sh("chmod 666 /etc/jail/jails/gotham.yaml");
    expect_refused("jail-provision add dent --jail gotham", "writable by group or others");
    sh("chmod 644 /etc/jail/jails/gotham.yaml; chown dent /etc/jail/jails/gotham.yaml");
    expect_refused("jail-provision add dent --jail gotham", "must be root's");
    sh("rm /etc/jail/jails/gotham.yaml; ln -s /home/dent/x /etc/jail/jails/gotham.yaml");
    expect_refused("jail-provision add dent --jail gotham", "gotham");
}

TEST_F(ProvisionTest, AStateDirectoryThatOthersCanWriteIsRefused) {
    sh("chmod 777 /var/lib/jail");
    expect_refused("jail-provision add dent --jail gotham", "/var/lib/jail");
    sh("chmod 755 /var/lib/jail");
}

TEST_F(ProvisionTest, AHomeThatAJailCannotUseIsRefused) {
    sh("usermod -d /tmp/dent dent; mkdir /tmp/dent; chown dent /tmp/dent");
    expect_refused("jail-provision add dent --jail gotham", "/tmp/dent");
    sh("usermod -d /home/link dent; ln -s /home/nygma /home/link");
    expect_refused("jail-provision add dent --jail gotham", "/home/link");
    sh("rm /home/link; usermod -d /home/nosuch dent");
    expect_refused("jail-provision add dent --jail gotham", "/home/nosuch");
}

TEST_F(ProvisionTest, AFullDiskLeavesThePreviousState) {
    ASSERT_EQ(sh("mount -t tmpfs -o size=14m,mode=755 small /var/lib/jail").status, 0);
    const Ran first = sh("jail-provision add dent --jail gotham");
    ASSERT_EQ(first.status, 0) << first.output;
    const std::string before = state(), tree_before = tree();
    policy("jail: gotham\ncommands: [bash, ls, cat]\ninclude: [git]\n");
    expect_refused("jail-provision build gotham", "No space left on device");
    expect_refused("jail-provision add nygma --jail gotham", "No space left on device");
    EXPECT_EQ(tree(), tree_before);
    EXPECT_EQ(sh("chroot " + tree_before + " /bin/cat /notice.txt").output, "hello\n");
    sh("umount /var/lib/jail");
}

TEST_F(ProvisionTest, WhenTheLoginShellCannotBeSetEverythingIsUndone) {
    // The password file's own lock (lckpwdf(3)) is held by somebody else, so the last step of add fails.
    const std::string before = state();
    const Ran run =
        sh("mount --bind -o ro /etc /etc && mount -o remount,bind,ro /etc; jail-provision add dent --jail "
           "gotham; "
           "rc=$?; umount /etc; exit $rc");
    EXPECT_NE(run.status, 0) << run.output;
    EXPECT_EQ(shell_of("dent"), "/bin/sh");
    EXPECT_FALSE(fs::exists("/var/lib/jail/accounts/" + sh("id -u dent").output.substr(0, 4)));
}

TEST_F(ProvisionTest, KilledAtAnyMomentItLeavesTheOldStateOrTheNew) {
    ASSERT_EQ(sh("jail-provision add dent --jail gotham").status, 0);
    const std::string old_tree = tree();
    for (int delay = 1; delay <= 60; ++delay) {
        // Each round asks for another tree, and is killed a little later.
        policy("jail: gotham\ncommands: [bash, ls, cat]\nfiles:\n  - {path: /notice.txt, content: \"round " +
               std::to_string(delay) + "\\n\"}\n");
        sh("timeout -s KILL 0.0" + std::string(delay < 10 ? "0" : "") + std::to_string(delay) +
           " jail-provision build gotham");
        const auto manifest = load_manifest("gotham");
        ASSERT_TRUE(manifest) << delay << ": " << manifest.error().message();
        const std::string now = tree();
        EXPECT_EQ(sh("chroot " + now + " /bin/cat /notice.txt").status, 0) << delay;
    }
    EXPECT_EQ(sh("jail-provision build gotham").status, 0);
    EXPECT_EQ(read_file(tree() + "/notice.txt"), "round 60\n");
    EXPECT_EQ(sh("ls -A /var/lib/jail/staging").output, "") << "what killed builds left is gone";
}

TEST_F(ProvisionTest, ADryRunChangesNothing) {
    const std::string before = state(), passwd = read_file("/etc/passwd");
    const Ran run = sh("jail-provision add --dry-run dent --jail gotham");
    EXPECT_EQ(run.status, 0) << run.output;
    EXPECT_TRUE(state() == before);
    EXPECT_EQ(read_file("/etc/passwd"), passwd);
}

TEST_F(ProvisionTest, BuildWithNothingToDoChangesNothing) {
    ASSERT_EQ(sh("jail-provision add dent --jail gotham").status, 0);
    const std::string before = state();
    const Ran run = sh("jail-provision build gotham");
    EXPECT_NE(run.output.find("unchanged"), std::string::npos) << run.output;
    EXPECT_TRUE(state() == before);
}

TEST_F(ProvisionTest, TheHostsFilesAreNeverLinkedIntoATree) {
    ASSERT_EQ(sh("jail-provision add dent --jail gotham").status, 0);
    struct stat ours = {}, theirs = {};
    ASSERT_EQ(::stat((tree() + "/usr/bin/bash").c_str(), &ours), 0);
    ASSERT_EQ(::stat("/usr/bin/bash", &theirs), 0);
    EXPECT_FALSE(ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev);
}

TEST_F(ProvisionTest, NoProgramIsExecutedToFindItsLibraries) {
    const Ran traced =
        sh("strace -f -qq -e trace=execve -e signal=none -o /run/executed jail-provision build gotham");
    EXPECT_EQ(traced.status, 0) << traced.output;
    std::istringstream executed(read_file("/run/executed"));
    std::set<std::string> programs;
    for (std::string line; std::getline(executed, line);)
        programs.insert(line.substr(line.find('"'), line.find('"', line.find('"') + 1) - line.find('"') + 1));
    EXPECT_EQ(programs, (std::set<std::string>{"\"/usr/bin/dpkg-query\"", "\"/usr/sbin/jail-provision\""}));
}

}  // namespace
}  // namespace jail::testing
