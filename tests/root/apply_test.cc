// SPDX-License-Identifier: Apache-2.0
// jail-provision apply: the host as its YAML files say, and what stands in the way.
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "libjail/base/file_descriptor.h"
#include "libjail/policy/binding.h"
#include "libjail/policy/trusted_store.h"
#include "shell.h"
#include "tests/closed_doors.h"

namespace jail::testing {
namespace {

class ApplyTest : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(::getuid(), 0u) << "root tests run inside scripts/sandbox";
        close_doors();
        sh("for a in dent nygma crane; do userdel -rf $a; rm -rf /home/$a; useradd -m -s /bin/sh $a; done; "
           "groupdel inmates; groupadd inmates; gpasswd -a crane inmates; "
           "rm -rf /var/lib/jail/* /etc/jail/jails/*");
        policy("gotham", "accounts: [dent, nygma]\n");
    }
    void TearDown() override { sh("rm -rf /var/lib/jail/* /etc/jail/jails/*"); }

    static void policy(const std::string& jail, const std::string& more) {
        std::ofstream("/etc/jail/jails/" + jail + ".yaml") << "jail: " << jail << "\ncommands: [bash, ls]\n"
                                                           << more;
    }
    static std::string jail_of(const std::string& account) {
        const std::string uid = sh("id -u " + account).output;
        const auto entry = name_service::account_of(static_cast<uid_t>(std::stoul(uid)));
        const auto binding = find_binding(entry.value());
        return binding ? binding.value().jail : "";
    }
    static void expect_apply(int status, const std::string& output, const std::string& options = "") {
        const Ran run = sh("jail-provision apply --detailed-exitcode " + options);
        EXPECT_EQ(run.status, status) << run.output;
        EXPECT_EQ(run.output, output);
    }
    // Fails with this line, without a change.
    static void expect_refused(const std::string& why) {
        const std::string before = state(), passwd = read_file("/etc/passwd");
        const Ran run = sh("jail-provision apply");
        EXPECT_EQ(run.status, 1) << run.output;
        EXPECT_NE(run.output.find(why), std::string::npos) << run.output;
        EXPECT_EQ(state(), before);
        EXPECT_EQ(read_file("/etc/passwd"), passwd);
    }
};

TEST_F(ApplyTest, ListShowsAnAccountAJailOrAGroup) {
    policy("bludhaven", "groups: [inmates]\n");
    sh("jail-provision apply");
    const auto names = [](const std::string& argument) {
        return sh("jail-provision list " + argument + " | awk 'NR > 1 {printf \"%s \", $1}'").output;
    };
    EXPECT_EQ(names(""), "dent nygma @inmates ");
    EXPECT_EQ(names("gotham"), "dent nygma ");
    EXPECT_EQ(names("nygma"), "nygma ");
    EXPECT_EQ(names("bludhaven"), "@inmates ");
    EXPECT_EQ(names("@inmates"), "@inmates ");
    EXPECT_EQ(sh("jail-provision list nosuch").output, "no such account, group or jail has a record here\n");
    EXPECT_EQ(sh("jail-provision list @nosuch").status, 1);
}

// `apply && reload`, make(1) and cron take 2 for a failure.
TEST_F(ApplyTest, ASuccessIsStatusZeroUnlessTwoIsAskedFor) {
    EXPECT_EQ(sh("jail-provision apply --check").status, 2) << "would";
    EXPECT_EQ(sh("jail-provision apply").status, 0) << "changed";
    EXPECT_EQ(sh("jail-provision apply --check").status, 0);
    EXPECT_EQ(sh("jail-provision apply --detailed-exitcode").status, 0) << "nothing to do";
}

TEST_F(ApplyTest, AddsMovesAndRemovesAsTheFilesSay) {
    expect_apply(2, "publish gotham\nbind dent to gotham\nbind nygma to gotham\n");
    EXPECT_EQ(shell_of("dent"), "/usr/bin/jailshell");
    expect_apply(0, "nothing to do\n");
    policy("gotham", "accounts: [dent]\n");
    policy("bludhaven", "accounts: [nygma]\ngroups: [inmates]\n");
    expect_apply(2, "publish bludhaven\nmove nygma from gotham to bludhaven\nbind @inmates to bludhaven\n");
    EXPECT_EQ(jail_of("nygma"), "bludhaven");
    EXPECT_EQ(jail_of("crane"), "bludhaven") << "by the group";
    EXPECT_EQ(shell_of("crane"), "/bin/sh");
    std::filesystem::remove("/etc/jail/jails/bludhaven.yaml");
    expect_refused("jail 'bludhaven' has no file any more, but accounts and groups are in it (2)");
    expect_apply(2, "take nygma out of bludhaven\ntake @inmates out of bludhaven\nwithdraw bludhaven\n",
                 "--withdraw");
    EXPECT_EQ(jail_of("nygma"), "");
    EXPECT_EQ(jail_of("crane"), "");
    EXPECT_EQ(shell_of("nygma"), "/bin/sh") << "the shell that it had before the first jail";
    EXPECT_FALSE(load_manifest("bludhaven"));
    expect_apply(0, "nothing to do\n");
}

TEST_F(ApplyTest, AGroupThatMovesIsNeverWithoutAJail) {
    policy("gotham", "groups: [inmates]\n");
    sh("jail-provision apply");
    policy("gotham", "accounts: [dent]\n");
    policy("bludhaven", "groups: [inmates]\n");
    EXPECT_EQ(sh("jail-provision build").status, 1) << "only apply moves a group";
    EXPECT_EQ(jail_of("crane"), "gotham");
    const Ran run =
        sh("strace -f -e trace=unlink,unlinkat,rename,renameat,renameat2 jail-provision apply 2>&1 | grep "
           "/groups/");
    const std::string record =
        "/var/lib/jail/groups/" + sh("getent group inmates | cut -d: -f3 | tr -d '\\n'").output;
    EXPECT_NE(run.output.find("\"" + record + "\""), std::string::npos) << run.output;
    EXPECT_EQ(run.output.find("unlink(\"" + record + "\")"), std::string::npos) << run.output;
    EXPECT_EQ(jail_of("crane"), "bludhaven");
}

TEST_F(ApplyTest, CheckTellsAndChangesNothing) {
    const std::string before = state(), passwd = read_file("/etc/passwd");
    expect_apply(2, "would publish gotham\nwould bind dent to gotham\nwould bind nygma to gotham\n",
                 "--check");
    EXPECT_EQ(state(), before);
    EXPECT_EQ(read_file("/etc/passwd"), passwd);
    sh("jail-provision apply");
    policy("gotham", "accounts: [dent, nygma]\nlimits: {tasks: 9}\n");
    expect_apply(2, "would publish gotham\n  limits.default.tasks: true -> false\n  limits.tasks: 256 -> 9\n",
                 "--check --diff");
    EXPECT_NE(sh("jail-provision apply --check --json").output.find("\"changed\": true"), std::string::npos);
}

TEST_F(ApplyTest, AnyMistakeInTheFilesStopsItBeforeTheFirstChange) {
    policy("bludhaven", "accounts: [dent]\n");
    expect_refused("account 'dent' is listed in /etc/jail/jails/bludhaven.yaml:3:12 already");
    policy("bludhaven", "accounts: [nosuch]\n");
    expect_refused("bludhaven.yaml:3:12: no such account 'nosuch'");
    policy("bludhaven", "accounts: [crane]\ngrops: [inmates]\n");
    expect_refused("did you mean 'groups'?");
    policy("bludhaven", "accounts: [daemon]\n");
    expect_refused("is a system account");
}

TEST_F(ApplyTest, AConfigurationThatIsGoneUnjailsNobody) {
    ASSERT_EQ(sh("jail-provision apply").status, 0);
    std::filesystem::rename("/etc/jail/jails", "/etc/jail/elsewhere");
    expect_refused("open /etc/jail/jails: No such file or directory");
    EXPECT_EQ(sh("jail-provision apply --withdraw").status, 1);
    std::filesystem::create_directory("/etc/jail/jails");
    expect_refused("jail 'gotham' has no file any more");
    std::filesystem::remove("/etc/jail/jails");
    std::filesystem::rename("/etc/jail/elsewhere", "/etc/jail/jails");
    EXPECT_EQ(jail_of("dent"), "gotham");
}

TEST_F(ApplyTest, OneFileThatIsGoneUnjailsNobody) {
    policy("bludhaven", "groups: [inmates]\n");
    policy("narrows", "");
    ASSERT_EQ(sh("jail-provision apply").status, 0);
    for (const char* jail : {"bludhaven", "narrows"})
        std::filesystem::remove("/etc/jail/jails/" + std::string(jail) + ".yaml");
    expect_refused("jail 'bludhaven' has no file any more, but accounts and groups are in it (1)");
    policy("gotham", "accounts: [dent, nygma]\ngroups: [inmates]\n");
    expect_apply(2, "bind @inmates to gotham\nwithdraw bludhaven\nwithdraw narrows\n");
}

// By a supervisor that does not answer: it is taken for one with sessions.
TEST_F(ApplyTest, AnAccountWhoseJailRunsIsNotTakenOut) {
    ASSERT_EQ(sh("jail-provision apply").status, 0);
    policy("gotham", "accounts: [nygma]\n");
    const std::string directory = "/run/jail/" + std::to_string(::getpwnam("dent")->pw_uid);
    std::filesystem::create_directories(directory);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    (directory + "/control").copy(address.sun_path, sizeof address.sun_path - 1);
    const FileDescriptor supervisor(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(supervisor.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(supervisor.get(), 1), 0);
    expect_refused("account 'dent' is to leave its jail, in which it has open sessions");
    EXPECT_EQ(jail_of("dent"), "gotham");
    expect_apply(2, "take dent out of gotham\n", "--force");
    std::filesystem::remove_all(directory);
}

TEST_F(ApplyTest, OnlyWhatWasDoneIsTold) {
    sh("sed '/^dent:/p' -i /etc/passwd");  // two lines of one name: their shells cannot be set
    const Ran run = sh("jail-provision apply");
    sh("sed '0,/^dent:/{/^dent:/d}' -i /etc/passwd");
    EXPECT_EQ(run.status, 1);
    EXPECT_NE(run.output.find("publish gotham\n"), std::string::npos) << run.output;
    EXPECT_EQ(run.output.find("bind "), std::string::npos) << run.output;
    EXPECT_EQ(jail_of("dent"), "");
}

TEST_F(ApplyTest, AGroupThatGetsAnotherGidStaysBound) {
    policy("gotham", "groups: [inmates]\n");
    sh("jail-provision build; sleep 0.1; jail-provision build");
    for (const char* command : {"build", "update", "apply"}) {
        sh("groupmod -g $(($(getent group inmates | cut -d: -f3) + 1000)) inmates");
        const Ran run = sh(std::string("jail-provision ") + command);
        EXPECT_EQ(jail_of("crane"), "gotham") << command << run.output;
        EXPECT_EQ(sh("ls /var/lib/jail/groups | wc -l").output, "1\n") << "the old gid's record is gone";
    }
    expect_apply(0, "nothing to do\n");
}

TEST_F(ApplyTest, AHeldJailsGroupsAreFollowedToo) {
    policy("gotham", "");
    sh("jail-provision build");
    policy("gotham", "limits: {tasks: 9}\n");
    sh("jail-provision build; jail-provision rollback gotham");
    policy("gotham", "groups: [inmates]\n");
    EXPECT_NE(sh("jail-provision build").output.find("held at generation 1"), std::string::npos);
    EXPECT_EQ(jail_of("crane"), "gotham");
}

TEST_F(ApplyTest, AGroupThatWasDeletedIsTold) {
    policy("gotham", "groups: [inmates]\n");
    sh("jail-provision build; sleep 0.1; jail-provision build");
    sh("groupdel inmates");
    const std::string before = sh("ls /var/lib/jail/groups").output;
    for (const char* command : {"build", "update", "apply"}) {
        const Ran run = sh(std::string("jail-provision ") + command);
        EXPECT_EQ(run.status, 1) << command;
        EXPECT_NE(run.output.find("group 'inmates' of jail 'gotham' does not exist any more"),
                  std::string::npos)
            << command << run.output;
    }
    EXPECT_EQ(sh("ls /var/lib/jail/groups").output, before);
}

TEST_F(ApplyTest, AnAccountThatGetsAnotherUidKeepsItsJailOnceOnly) {
    sh("jail-provision apply");
    const std::string old = sh("id -u dent | tr -d '\\n'").output;
    sh("usermod -u 4321 dent");
    expect_apply(2, "bind dent to gotham\ntake uid " + old + ", which dent was before, out of gotham\n");
    EXPECT_EQ(jail_of("dent"), "gotham");
    EXPECT_EQ(shell_of("dent"), "/usr/bin/jailshell");
    expect_apply(0, "nothing to do\n");
    sh("usermod -u 4322 dent; jail-provision add dent");
    EXPECT_EQ(sh("jail-provision remove dent").status, 0);
    EXPECT_EQ(sh("jail-provision list").output.find("dent"), std::string::npos);
}

TEST_F(ApplyTest, ASystemAccountThatWasAddedAsOneMayBeListed) {
    sh("userdel -rf harvey; useradd -r -m -s /bin/sh harvey");
    policy("gotham", "accounts: [harvey]\n");
    ASSERT_EQ(sh("jail-provision add --system harvey").status, 0);
    expect_apply(0, "nothing to do\n");
    sh("userdel -rf harvey");
}

TEST_F(ApplyTest, AnAccountOfADirectoryServiceIsBoundOnce) {
    // libnss-extrausers stands for LDAP: the host's own files have neither the account nor its shell.
    const std::string nsswitch = read_file("/etc/nsswitch.conf");
    std::ofstream("/etc/nsswitch.conf") << "passwd: files extrausers\ngroup: files extrausers\n";
    sh("mkdir -p /var/lib/extrausers; install -d -m 0700 -o 4711 -g 4711 /home/oswald");
    std::ofstream("/var/lib/extrausers/passwd") << "oswald:x:4711:4711::/home/oswald:/bin/sh\n";
    std::ofstream("/var/lib/extrausers/group") << "oswald:x:4711:\n";
    policy("gotham", "accounts: [oswald]\n");
    EXPECT_EQ(sh("jail-provision apply").status, 0);
    expect_apply(0, "nothing to do\n");
    sh("rm -rf /home/oswald");
    std::ofstream("/etc/nsswitch.conf") << nsswitch;
}

TEST_F(ApplyTest, DamagedRecordsAreReplaced) {
    policy("gotham", "accounts: [dent, nygma]\ngroups: [inmates]\n");
    sh("jail-provision apply; sleep 0.1; jail-provision build");
    const auto damage = [] {
        sh("for f in accounts/$(id -u dent) groups/$(getent group inmates | cut -d: -f3); do echo damaged > "
           "/var/lib/jail/$f; done");
    };
    damage();
    expect_apply(2, "bind dent to gotham\nbind @inmates to gotham\n");
    damage();
    EXPECT_EQ(sh("jail-provision add dent").status, 0);
    EXPECT_EQ(jail_of("dent"), "gotham");
    EXPECT_EQ(sh("jail-provision build").status, 0);
    EXPECT_EQ(jail_of("crane"), "gotham");
    EXPECT_EQ(sh("jail-provision remove dent").status, 0);
    EXPECT_EQ(shell_of("dent"), "/bin/sh");
}

TEST_F(ApplyTest, NegativeNumbersAreWrongUsage) {
    for (const char* words : {"gc --keep=-1", "gc --keep -1", "rollback gotham -- -1", "diff gotham -- -1"})
        EXPECT_EQ(sh(std::string("jail-provision ") + words).status, 64) << words;
}

TEST_F(ApplyTest, AJailWhoseNameBeginsWithAnothersIsNoOther) {
    for (const char* jail : {"gotham-east", "gotham-north", "gotham-west"}) policy(jail, "");
    EXPECT_EQ(sh("jail-provision apply").status, 0);
    expect_apply(0, "nothing to do\n");
}

TEST_F(ApplyTest, BindingsByHandStay) {
    policy("gotham", "");
    ASSERT_EQ(sh("jail-provision add --jail gotham dent").status, 0);
    expect_apply(0, "nothing to do\n");
    EXPECT_EQ(jail_of("dent"), "gotham");
    std::filesystem::remove("/etc/jail/jails/gotham.yaml");
    expect_refused("'dent' was put by hand into jail 'gotham'");
    policy("gotham", "accounts: [dent]\n");
    EXPECT_EQ(sh("jail-provision apply").status, 0) << "from now on the file decides";
    policy("gotham", "");
    expect_apply(2, "take dent out of gotham\n");
    EXPECT_EQ(shell_of("dent"), "/bin/sh");
}

TEST_F(ApplyTest, AShellThatSomebodyChangedIsSetAgain) {
    sh("jail-provision apply; usermod -s /bin/sh dent");
    expect_apply(2, "bind dent to gotham\n");
    EXPECT_EQ(shell_of("dent"), "/usr/bin/jailshell");
}

TEST_F(ApplyTest, ARolledBackJailIsLeftAlone) {
    sh("jail-provision apply");
    policy("gotham", "accounts: [dent, nygma]\nlimits: {tasks: 9}\n");
    sh("jail-provision apply; jail-provision rollback gotham");
    const Ran run = sh("jail-provision apply");
    EXPECT_EQ(run.status, 0);
    EXPECT_NE(run.output.find("held at generation 1"), std::string::npos) << run.output;
    EXPECT_EQ(load_manifest("gotham").value().generation, 1u);
}

TEST_F(ApplyTest, UpdateFollowsThePackagesOfPublishedJails) {
    sh("printf '#!/bin/bash\\necho one\\n' > /usr/local/bin/tool; chmod 755 /usr/local/bin/tool");
    std::ofstream("/etc/jail/jails/gotham.yaml") << "jail: gotham\ncommands: [bash, tool]\n";
    std::ofstream("/etc/jail/jails/other.yaml") << "jail: other\ncommands: [bash]\n";
    EXPECT_EQ(sh("jail-provision update").output, "") << "nothing is published yet";
    sh("jail-provision build; sleep 0.1; jail-provision build");
    const std::string before = state();
    EXPECT_EQ(sh("jail-provision update").output, "");
    EXPECT_EQ(state(), before);
    sh("printf '#!/bin/bash\\necho two\\n' > /usr/local/bin/tool");
    const Ran plan = sh("jail-provision update --dry-run");
    EXPECT_NE(plan.output.find("gotham: would publish"), std::string::npos) << plan.output;
    EXPECT_EQ(state(), before);
    const Ran run = sh("jail-provision update");
    EXPECT_NE(run.output.find("gotham: generation 2"), std::string::npos) << run.output;
    EXPECT_EQ(run.output.find("other"), std::string::npos) << run.output;
    EXPECT_EQ(
        sh("chroot /var/lib/jail/trees/" + load_manifest("gotham").value().tree + " /usr/local/bin/tool")
            .output,
        "two\n");
    EXPECT_NE(sh("jail-provision update nosuch").status, 0);
    sh("rm /usr/local/bin/tool");
    EXPECT_EQ(sh("jail-provision update").status, 1) << "what cannot be built keeps its generation";
    EXPECT_EQ(load_manifest("gotham").value().generation, 2u);
}

TEST_F(ApplyTest, SeveralAccountsAreBoundTogetherOrNotAtAll) {
    policy("gotham", "");
    EXPECT_NE(sh("jail-provision add --jail gotham dent nosuch").status, 0);
    EXPECT_EQ(jail_of("dent"), "");
    EXPECT_EQ(sh("jail-provision add --jail gotham dent nygma dent").status, 0);
    EXPECT_EQ(jail_of("nygma"), "gotham");
    EXPECT_NE(sh("jail-provision remove crane").status, 0);
    EXPECT_EQ(sh("jail-provision remove dent crane nygma").status, 0) << "as after a run that was killed";
    EXPECT_EQ(jail_of("dent"), "");
    EXPECT_EQ(jail_of("nygma"), "");
}

}  // namespace
}  // namespace jail::testing
