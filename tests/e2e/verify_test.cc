// SPDX-License-Identifier: Apache-2.0
// The proof by logins: green for what is as its policy says, whatever that is.
#include <csignal>
#include <filesystem>

#include "verify_fixture.h"

namespace jail::testing {
namespace {

using nlohmann::json;

TEST_F(VerifyTest, AnAccountWithAShellIsConfinedAsItsPolicySays) {
    const Verified run = verify("harlequin");
    EXPECT_EQ(run.status, 0) << run.said.dump(1) << run.errors;
    EXPECT_EQ(run.said["schema"], 1);
    EXPECT_EQ(run.said["account"], "harlequin");
    EXPECT_EQ(run.said["jail"], "arkham");
    EXPECT_EQ(run.said["as_policy"], true);
    for (const char* way : {"exec", "shell", "terminal", "sftp-subsystem", "sftp-command", "scp-from"})
        EXPECT_EQ(run.check(way).value("seen", "").substr(0, 17), "open, in the jail") << run.check(way);
    for (const char* way : {"scp-to", "rsync", "forward-inside", "remote", "agent", "environment"})
        EXPECT_EQ(run.check(way).value("seen", "").substr(0, 4), "open") << run.check(way);
    for (const char* way : {"forward-host", "dynamic", "streamlocal", "environment-other"})
        EXPECT_EQ(run.check(way).value("seen", "").substr(0, 7), "refused") << run.check(way);
    EXPECT_EQ(run.check("x11").value("seen", "").substr(0, 4), "open") << "this jail has xauth";
    EXPECT_EQ(run.check("git")["policy"], "not in the jail");
    for (const char* fact : {"namespaces", "no-new-privs", "seccomp", "capabilities", "su", "cron",
                             "signal-host", "host-files", "other-homes", "tree", "ids", "user-namespace",
                             "system-calls", "network-host", "exec-home", "exec-tmp", "tasks", "manifest"})
        EXPECT_EQ(run.state(fact), "ok") << run.check(fact);
    EXPECT_EQ(run.check("tasks").value("seen", "").substr(0, 15), "it stops after ") << "it was reached";
    EXPECT_GT(run.said["latency"]["account_ms"], 0.0);
    EXPECT_GT(run.said["latency"]["unjailed_ms"], 0.0);
}

TEST_F(VerifyTest, AnAccountWithoutAShellIsRefusedWhatItMayNotDo) {
    make("floyd", "include: [sftp]\naccess: {sftp: true}\n");
    const Verified run = verify("floyd");
    EXPECT_EQ(run.status, 0) << run.said.dump(1) << run.errors;
    for (const char* way : {"exec", "shell", "terminal", "scp-to", "scp-from", "rsync", "git"}) {
        EXPECT_EQ(run.state(way), "ok") << run.check(way);
        EXPECT_NE(run.check(way).value("seen", "").find("this account may transfer files by sftp"),
                  std::string::npos)
            << run.check(way);
    }
    for (const char* way : {"sftp-subsystem", "sftp-command"})
        EXPECT_EQ(run.check(way).value("seen", "").substr(0, 17), "open, in the jail") << run.check(way);
}

TEST_F(VerifyTest, WhatThePolicyGivesAwayIsAsThePolicySays) {
    make("garfield", "include: [basicshell]\nnetwork: {mode: host}\nhome: {exec: true}\n");
    const Verified run = verify("garfield");
    EXPECT_EQ(run.status, 0) << run.said.dump(1) << run.errors;
    EXPECT_EQ(run.check("forward-host").value("seen", "").substr(0, 19), "outside of the jail");
    EXPECT_EQ(run.check("forward-host")["policy"], "the host's network");
}

TEST_F(VerifyTest, LimitsAreNotReachedWhereTheAccountWorks) {
    Process session(server().ssh("harlequin", {"echo there; sleep 600"}));
    ASSERT_TRUE(session.read_until("there"));
    const Verified run = verify("harlequin");
    EXPECT_EQ(run.status, 0) << run.said.dump(1) << run.errors;
    for (const char* limit : {"tasks", "memory"})
        EXPECT_EQ(run.check(limit)["seen"],
                  "held by the control group, and not reached: 1 other session is open");
    EXPECT_TRUE(session.running());
}

TEST_F(VerifyTest, AGenerationThatStillRunsIsNotThePublishedOne) {
    Process session(server().ssh("harlequin", {"echo there; sleep 600"}));
    ASSERT_TRUE(session.read_until("there"));
    change(policy() + "umask: '077'\n");
    const Verified run = verify("harlequin");
    EXPECT_EQ(run.status, 1) << run.said.dump(1);
    EXPECT_EQ(run.in_state("wrong"), std::vector<std::string>{"generation"}) << run.check("generation");
}

TEST_F(VerifyTest, AJailThatWasRolledBackIsJudgedByItsGeneration) {
    change(policy() + "umask: '077'\n");
    ASSERT_EQ(run({"jail-provision", "rollback", "arkham"}).exit_status(), 0);
    const Verified run = verify("harlequin");
    EXPECT_EQ(run.status, 0) << run.said.dump(1);
    EXPECT_EQ(run.state("manifest"), "note") << run.check("manifest");
    EXPECT_EQ(run.state("network-host"), "ok");
}

TEST_F(VerifyTest, ATableForPeople) {
    const Outcome outcome = run({"jail-provision", "verify", "harlequin"});
    EXPECT_EQ(outcome.exit_status(), 0) << outcome.output << outcome.errors;
    EXPECT_EQ(outcome.errors, "") << "progress is for a terminal";
    EXPECT_EQ(outcome.output.find('\033'), std::string::npos);
    EXPECT_EQ(outcome.output.rfind("MANIFEST ", 0), 0u) << outcome.output;
    for (const char* group :
         {"WAYS", "SESSION", "DOORS", "INSIDE", "PRIVILEGE", "FILTER", "NETWORK", "EXECUTION", "LIMITS"})
        EXPECT_NE(outcome.output.find("\n" + std::string(group) + " "), std::string::npos) << group;
    EXPECT_NE(outcome.output.find("\nharlequin in jail arkham is confined as its policy says: "),
              std::string::npos)
        << outcome.output;
}

TEST_F(VerifyTest, WhatCannotBeRunIsNoVerdict) {
    EXPECT_EQ(verify("alfred").status, 2) << "in no jail";
    EXPECT_EQ(verify("nobody-of-this-name").status, 2);
    EXPECT_EQ(run({"jail-provision", "verify"}).exit_status(), 64);
    ASSERT_EQ(run({"jail-provision", "lock", "harlequin"}).exit_status(), 0);
    const Verified locked = verify("harlequin");
    EXPECT_EQ(locked.status, 1) << locked.said.dump(1);
    EXPECT_EQ(locked.state("login"), "wrong") << locked.check("login");
    EXPECT_EQ(locked.state("exec"), "untried") << locked.check("exec");
    ASSERT_EQ(run({"jail-provision", "unlock", "harlequin"}).exit_status(), 0);
}

TEST_F(VerifyTest, WhatAnAccountSendsReachesNoTerminalAndStopsNothing) {
    machine::write_home_file("harlequin", ".bashrc",
                             "head -c 3000000 /dev/urandom; printf '\\033[2J\\texec\\topen\\t\\n'\n");
    const Outcome outcome = run({"jail-provision", "verify", "harlequin"});
    EXPECT_EQ(run({"rm", "/home/harlequin/.bashrc"}).exit_status(), 0);
    EXPECT_EQ(outcome.exit_status(), 1) << outcome.output;
    for (const unsigned char c : outcome.output)
        ASSERT_TRUE(c == '\n' || (c >= 0x20 && c != 0x7f)) << outcome.output;
    EXPECT_NE(outcome.output.find("[namespaces]"), std::string::npos) << "the kernel's word is there";
    EXPECT_NE(outcome.output.find("could not be tried\n"), std::string::npos) << "no answer is no proof";
}

// Root's key for the measured login lets do nothing else, and no process of the client's has it.
TEST_F(VerifyTest, TheClientHasNoPrivilege) {
    machine::write_home_file("harlequin", ".bashrc", "sleep 3\n");
    Process process({"jail-provision", "verify", "harlequin"});
    pid_t client = 0;
    EXPECT_TRUE(eventually([&] {
        for (const pid_t pid : machine::all_processes())
            if (machine::command_line_of(pid).rfind("jail-verify-client harlequin", 0) == 0) client = pid;
        return client != 0;
    }));
    EXPECT_EQ(machine::status_of(client, "Uid:"), "65534\t65534\t65534\t65534");
    EXPECT_EQ(machine::status_of(client, "Groups:"), "65534 ");
    EXPECT_EQ(machine::status_of(client, "NoNewPrivs:"), "1");
    for (const char* set : {"CapPrm:", "CapEff:", "CapBnd:", "CapInh:", "CapAmb:"})
        EXPECT_EQ(machine::status_of(client, set), "0000000000000000") << set;
    for (const char* key : {"/account_key", "/root_key"})
        for (const auto& entry : std::filesystem::directory_iterator("/run"))
            EXPECT_FALSE(std::filesystem::exists(entry.path().string() + key));
    process.send_signal(SIGTERM);
    (void)process.finish();
    EXPECT_EQ(run({"rm", "/home/harlequin/.bashrc"}).exit_status(), 0);
}

TEST_F(VerifyTest, AnInterruptionLeavesNothing) {
    for (const int milliseconds : {20, 100, 200, 300, 400}) {
        Process process({"jail-provision", "verify", "harlequin"});
        (void)eventually([] { return false; }, milliseconds / 1000.0);
        process.send_signal(SIGTERM);
        const Outcome outcome = process.finish();
        EXPECT_TRUE(outcome.exit_status() == 128 + SIGTERM || outcome.exit_status() == 0 ||
                    outcome.exit_status() == 1 || outcome.exit_status() == 2)
            << outcome.exit_status();
        EXPECT_EQ(left_behind(), "") << milliseconds;
    }
}

TEST_F(VerifyTest, NothingRunsOnWhenItIsKilled) {
    Process process({"jail-provision", "verify", "harlequin"});
    ASSERT_TRUE(eventually([] { return left_behind().find("sshd") != std::string::npos; }));
    process.send_signal(SIGKILL);
    (void)process.finish();
    EXPECT_TRUE(eventually([] {
        for (const pid_t pid : machine::all_processes())
            if (machine::command_line_of(pid).find("jail-verify") != std::string::npos) return false;
        return true;
    })) << left_behind();
    EXPECT_NE(left_behind(), "") << "its directory";
    EXPECT_EQ(verify("harlequin").status, 0);
    EXPECT_EQ(left_behind(), "") << "the next run takes it away";
}

}  // namespace
}  // namespace jail::testing
