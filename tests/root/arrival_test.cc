// SPDX-License-Identifier: Apache-2.0
// The checks of add and apply before an account comes into a jail: doors that are open, and what it has
// outside.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "arrival_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

TEST_F(ArrivalTest, WithoutAClosedSshdNobodyIsAdded) {
    write_service("sshd", false);
    expect_refused("sshd is open: end /etc/pam.d/sshd with the line '@include jail', or say --force",
                   "pam.sshd.missing");
    expect_bound_with_force("sshd is open: end /etc/pam.d/sshd with the line '@include jail'");
}

TEST_F(ArrivalTest, AGroupIsNotBoundEither) {
    write_service("sshd", false);
    sh("groupadd -f inmates");
    policy("gotham", "groups: [inmates]\n");
    const Ran run = sh("jail-provision apply");
    EXPECT_EQ(run.status, 1);
    EXPECT_TRUE(has(run.output, "sshd is open: ")) << run.output;
    EXPECT_EQ(sh("jail-provision apply --force").status, 0);
}

TEST_F(ArrivalTest, AnSshdThatIgnoresARefusalOrRunsModulesInsideIsOpen) {
    const std::string stack = read_file("/etc/pam.d/sshd");
    std::ofstream("/etc/pam.d/sshd") << stack << "session optional pam_motd.so\n";
    expect_refused("'optional pam_motd.so' stands after pam_jail and would run inside the jail",
                   "pam.sshd.order");
    std::ofstream("/etc/pam.d/sshd") << without_jail(stack)
                                     << "account required pam_jail.so\nsession optional pam_jail.so\n";
    expect_refused(
        "'optional pam_jail.so' does not refuse for pam_jail; write 'session required pam_jail.so'",
        "pam.sshd.control");
    std::ofstream("/etc/pam.d/sshd") << "session sufficient pam_unix.so\n" << stack;
    expect_refused("/etc/pam.d/sshd:1: 'sufficient pam_unix.so' can end the stack before pam_jail",
                   "pam.sshd.skipped");
    std::ofstream("/etc/pam.d/sshd") << without_jail(stack) << "session required pam_jail.so\n";
    expect_refused("end /etc/pam.d/sshd with the line 'account required pam_jail.so'",
                   "pam.sshd.account.missing");
    std::ofstream("/etc/pam.d/sshd") << stack;
}

TEST_F(ArrivalTest, SshdWithoutPamIsOpen) {
    const std::string config = read_file("/etc/ssh/sshd_config");
    std::ofstream("/etc/ssh/sshd_config") << "UsePAM no\n" << config;
    expect_refused("sshd is open: set 'UsePAM yes' in /etc/ssh/sshd_config", "sshd.usepam");
    std::ofstream("/etc/ssh/sshd_config") << config;
}

TEST_F(ArrivalTest, AddNamesTheDoorsThatLeadInAndThoseThatDoNot) {
    write_service("su", false);
    for (const char* which : {"now in", "is already in"}) {
        const Ran run = sh("jail-provision add --jail gotham shell_only");
        EXPECT_EQ(run.status, 0) << run.output;
        const std::string line =
            std::string("shell_only: ") + which + " jail gotham, generation 1, through sshd";
        EXPECT_TRUE(has(run.output, line)) << run.output;
        EXPECT_FALSE(has(run.output.substr(0, run.output.find("is open")), " su,")) << run.output;
        EXPECT_TRUE(has(run.output, "su is open: end /etc/pam.d/su with the line '@include jail'\n"))
            << run.output;
    }
    list("other_one");
    const Ran apply = sh("jail-provision apply");
    EXPECT_TRUE(has(apply.output, "bind other_one to gotham\n")) << apply.output;
    EXPECT_TRUE(has(apply.output, "su is open: ")) << apply.output;
}

TEST_F(ArrivalTest, WithSetuidJailshellAddSaysWhatIsLeftOpen) {
    write_service("sshd", false);
    ASSERT_EQ(::chmod("/usr/bin/jailshell", 04711), 0);
    const Ran run = sh("jail-provision add --jail gotham shell_only");
    EXPECT_EQ(run.status, 0) << run.output;
    EXPECT_TRUE(
        has(run.output,
            "sshd is half open: shell, commands, scp, rsync and git are jailed by setuid jailshell, but "
            "internal-sftp and forwards are on the host: end /etc/pam.d/sshd"))
        << run.output;
    EXPECT_TRUE(has(run.output, "its login shell")) << run.output;
}

TEST_F(ArrivalTest, ACrontabCountsWhileCronIsOpen) {
    sh("mkdir -p /var/spool/cron/crontabs; echo '* * * * * true' > /var/spool/cron/crontabs/shell_only");
    list("shell_only");
    EXPECT_EQ(sh("jail-provision add -n shell_only").status, 0) << "cron leads into the jail";
    write_service("cron", false);
    expect_refused(
        "shell_only has a crontab (/var/spool/cron/crontabs/shell_only), which runs on the host; end "
        "/etc/pam.d/cron with the line '@include jail', or say --force",
        "outside.crontab");
}

TEST_F(ArrivalTest, AnAtJobCountsWhileAtdIsOpen) {
    sh("mkdir -p /var/spool/cron/atjobs; echo true > /var/spool/cron/atjobs/a0000101; "
       "chown shell_only /var/spool/cron/atjobs/a0000101; cp /etc/pam.d/cron /etc/pam.d/atd");
    list("shell_only");
    EXPECT_EQ(sh("jail-provision add -n shell_only").status, 0);
    write_service("atd", false);
    expect_refused("has an at job (/var/spool/cron/atjobs/a0000101)", "outside.at");
}

TEST_F(ArrivalTest, ALingeringManagerCountsWhereNothingKeepsItFromStarting) {
    sh("mkdir -p /var/lib/systemd/linger; touch /var/lib/systemd/linger/shell_only");
    list("shell_only");
    EXPECT_EQ(sh("jail-provision add -n shell_only").status, 0);
    const std::string condition = "/usr/lib/systemd/system/user@.service.d/user-of-jail.conf";
    fs::rename(condition, condition + ".off");
    expect_refused("run loginctl disable-linger shell_only, or install " + condition, "outside.linger");
    fs::rename(condition + ".off", condition);
}

TEST_F(ArrivalTest, AGroupAsGoodAsRootCounts) {
    sh("groupadd -f docker; gpasswd -a shell_only docker");
    expect_refused(
        "shell_only is in the group docker, which is as good as root; run gpasswd -d shell_only docker, or "
        "say "
        "--force",
        "outside.group");
    sh("gpasswd -d shell_only docker; gpasswd -a shell_only adm");
    list("shell_only");
    const Ran run = sh("jail-provision add shell_only");
    EXPECT_EQ(run.status, 0) << run.output;
    EXPECT_TRUE(has(run.output, "shell_only is in the group adm, which reads the host's logs")) << run.output;
}

// A program in sudo's place; its words are sudo's.
TEST_F(ArrivalTest, SudosRulesCount) {
    const auto sudo = [](const std::string& answer, int status) {
        std::ofstream("/usr/bin/sudo") << "#!/bin/sh\n[ \"$*\" = '-n -l -U shell_only' ] || exit 3\necho '"
                                       << answer << "'\nexit " << status << "\n";
        ASSERT_EQ(::chmod("/usr/bin/sudo", 0755), 0);
    };
    list("shell_only");
    sudo("User shell_only is not allowed to run sudo on vm.", 0);
    EXPECT_EQ(sh("jail-provision add -n shell_only").status, 0);
    sudo("User shell_only may run the following commands on vm:\n    (root) NOPASSWD: /usr/bin/id", 0);
    expect_refused(
        "sudo has rules for shell_only; take them away (see sudo -l -U shell_only), or say --force",
        "outside.sudo");
    for (const int status : {1, 2}) {
        sudo("", status);
        expect_refused("sudo does not say whether it has rules for shell_only; see sudo -l -U shell_only",
                       "outside.sudo");
    }
}

// sudo's place again: it is asked after the look at processes, and what it starts is there when the record
// is.
TEST_F(ArrivalTest, AProcessThatBeginsMeanwhileIsNotMissed) {
    std::ofstream("/usr/bin/sudo")
        << "#!/bin/sh\nsetsid setpriv " + all_ids("shell_only") +
               " sleep 1000 > /dev/null 2>&1 < /dev/null &\n"
               "echo User shell_only is not allowed to run sudo on vm.\nsleep 0.2\n";
    ASSERT_EQ(::chmod("/usr/bin/sudo", 0755), 0);
    ASSERT_EQ(sh("jail-provision build && mkdir -p /var/lib/jail/accounts").status, 0);
    list("shell_only");
    for (const char* command : {"add shell_only", "apply"}) {
        const std::string before = sh("ls -l /var/lib/jail/accounts").output,
                          passwd = read_file("/etc/passwd");
        const Ran run = sh(std::string("jail-provision ") + command);
        EXPECT_EQ(run.status, 1) << run.output;
        EXPECT_TRUE(has(run.output, "shell_only is currently used by process ")) << run.output;
        EXPECT_EQ(sh("ls -l /var/lib/jail/accounts").output, before);
        EXPECT_EQ(read_file("/etc/passwd"), passwd);
        sh("pkill -9 -x -u shell_only sleep");
    }
    const Ran run = sh("jail-provision add --kill shell_only");
    EXPECT_EQ(run.status, 0) << run.output;
    EXPECT_TRUE(has(run.output, "shell_only: ended 1 process outside of the jail\n")) << run.output;
}

TEST_F(ArrivalTest, AnAccountThatWasSwitchedOffByHandStaysOff) {
    list("shell_only");
    ASSERT_EQ(sh("jail-provision apply").status, 0);
    sh("usermod -s /usr/sbin/nologin shell_only");
    const Ran run = sh("jail-provision apply");
    EXPECT_EQ(run.status, 0) << run.output;
    EXPECT_TRUE(has(run.output, "nothing to do\n")) << run.output;
    EXPECT_TRUE(
        has(run.output, "shell_only is switched off by its login shell /usr/sbin/nologin, and left so"))
        << run.output;
    EXPECT_TRUE(
        has(sh("jail-provision apply --json").output, "\"switched_off\": [\n    {\n      \"account\""));
    policy("gotham", "");
    policy("narrows", "accounts: [shell_only]\n");
    EXPECT_EQ(sh("jail-provision apply").status, 0) << "its jail follows the files";
    EXPECT_EQ(jail_of("shell_only"), "narrows");
    EXPECT_EQ(shell_of("shell_only"), "/usr/sbin/nologin");
    EXPECT_EQ(sh("jail-provision add shell_only").status, 0);
    EXPECT_EQ(shell_of("shell_only"), "/usr/bin/jailshell") << "by its name it is switched on";
    sh("jail-provision remove shell_only");
    EXPECT_EQ(shell_of("shell_only"), "/bin/sh") << "what it had before is not forgotten";
}

TEST_F(ArrivalTest, MovingIsOneStep) {
    ASSERT_EQ(sh("jail-provision add --jail gotham shell_only").status, 0);
    const Ran refused = sh("jail-provision add --jail narrows shell_only");
    EXPECT_EQ(refused.status, 1);
    EXPECT_TRUE(has(refused.output, "is in jail 'gotham' already; say --move to take it from there"))
        << refused.output;
    const Ran plan = sh("jail-provision add -n --move --jail narrows shell_only");
    EXPECT_TRUE(has(plan.output, "would move shell_only from jail gotham to jail narrows\n")) << plan.output;
    EXPECT_EQ(jail_of("shell_only"), "gotham");
    const Ran json = sh("jail-provision add --json --move --jail narrows shell_only");
    EXPECT_TRUE(has(json.output, "\"action\": \"move\"") && has(json.output, "\"from\": \"gotham\""))
        << json.output;
    EXPECT_EQ(jail_of("shell_only"), "narrows");
    const Ran back = sh("jail-provision add --move --jail gotham shell_only");
    EXPECT_TRUE(
        has(back.output, "shell_only: moved from jail narrows to jail gotham, generation 1, through sshd"))
        << back.output;
    sh("jail-provision remove shell_only");
    EXPECT_EQ(shell_of("shell_only"), "/bin/sh");
}

TEST_F(ArrivalTest, WhoIsMovedIsInAJailAtEachMoment) {
    ASSERT_EQ(sh("jail-provision add --jail gotham shell_only; jail-provision build").status, 0);
    const auto uid = static_cast<uid_t>(std::stoul(sh("id -u shell_only").output));
    std::atomic<bool> over = false;
    std::string seen;
    std::thread watcher([&] {
        while (!over && seen.empty())
            if (const auto record = load_account(uid); !record) seen = record.error().message();
    });
    for (int round = 0; round < 10; ++round)
        for (const char* jail : {"narrows", "gotham"})
            EXPECT_EQ(sh(std::string("jail-provision add --move shell_only --jail ") + jail).status, 0);
    over = true;
    watcher.join();
    EXPECT_EQ(seen, "");
}

TEST_F(ArrivalTest, EnterTakesNoOptionThatItDoesNotKnow) {
    const Ran run = sh("jail-provision enter --rooot shell_only id");
    EXPECT_EQ(run.status, 64);
    EXPECT_TRUE(has(run.output, "enter has no option '--rooot', did you mean '--root'?")) << run.output;
    for (const char* words :
         {"--json shell_only", "-x shell_only", "--root --bogus shell_only", "--session 1 --roto x"})
        EXPECT_EQ(sh(std::string("jail-provision enter ") + words).status, 64) << words;
    // Known ones get further: to an account that is in no jail.
    for (const char* words : {"--root shell_only id --rooot", "--session 2 shell_only ls -l",
                              "-v shell_only -- -x", "--session=2 -- shell_only --root"}) {
        const Ran known = sh(std::string("jail-provision enter ") + words);
        EXPECT_EQ(known.status, 1) << words;
        EXPECT_TRUE(has(known.output, "is in no jail")) << words << known.output;
    }
}

}  // namespace
}  // namespace jail::testing
