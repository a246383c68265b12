// SPDX-License-Identifier: Apache-2.0
// su and cron hand on what they were started with, what PAM read, and what their own files say: of that, too,
// only what the policy names reaches the account's session.
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <optional>

#include "libjail/policy/paths.h"
#include "pam_services.h"
#include "ssh_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;
constexpr char kValue[] = "/home/handed-in";
const std::vector<std::string> kNames = {"LD_AUDIT",        "BASH_ENV", "GCONV_PATH", "LOCPATH",
                                         "GIT_SSH_COMMAND", "PERL5LIB", "PYTHONPATH", "PYTHONHOME",
                                         "LD_LIBRARY_PATH", "JAIL"};

class EnvironmentDoorsTest : public ::testing::Test {
protected:
    void SetUp() override {
        machine::prepare();
        if (HasFatalFailure()) return;
        std::string file;
        for (const std::string& name : kNames) file += name + " DEFAULT=" + kValue + "\n";
        for (const char* account : {"harlequin", "alfred"})
            machine::write_home_file(account, ".pam_environment", file + "LC_TIME DEFAULT=C\n");
        services_.emplace(std::vector<std::string>{"su", "cron"},
                          std::string("session required pam_env.so user_readenv=1\n") + PamServices::kJail);
    }
    void TearDown() override {
        services_.reset();
        for (const char* account : {"harlequin", "alfred"}) {
            fs::remove(machine::home_of(account) + "/.pam_environment");
            fs::remove(machine::home_of(account) + "/from-cron");
            fs::remove("/var/spool/cron/crontabs/" + std::string(account));
        }
        EXPECT_TRUE(machine::no_traces());
    }
    // The command with these variables, and without SHELL: su -p takes its shell from there.
    static Outcome with_variables(std::vector<std::string> command) {
        std::vector<std::string> all = {"env", "-u", "SHELL"};
        for (const std::string& name : kNames)
            if (name.rfind("LD_", 0) != 0) all.push_back(name + "=" + kValue);  // su itself would heed these
        all.insert(all.end(), command.begin(), command.end());
        return run(all);
    }

    std::optional<PamServices> services_;
    LogCollector log_;
};

TEST_F(EnvironmentDoorsTest, NothingOfTheCallersOfSu) {
    for (const std::vector<std::string>& how :
         {std::vector<std::string>{"su", "-p", "harlequin", "-c", "env"},
          {"su", "-m", "harlequin", "-c", "env"},
          {"su", "harlequin", "-c", "env"},
          {"su", "-", "harlequin", "-c", "env"}}) {
        const Outcome outcome = with_variables(how);
        ASSERT_EQ(outcome.exit_status(), 0) << outcome.output << outcome.errors;
        EXPECT_NE(outcome.output.find("USER=harlequin\n"), std::string::npos) << outcome.output;
        EXPECT_EQ(outcome.output.find(kValue), std::string::npos) << how[1] << "\n" << outcome.output;
    }
    EXPECT_NE(with_variables({"su", "-p", "alfred", "-c", "env"}).output.find(kValue), std::string::npos)
        << "who is in no jail has them";
}

// With -s jailshell is not executed: the variables that PAM read are gone all the same.
TEST_F(EnvironmentDoorsTest, NothingThatPamReadForWhatIsNoLoginShell) {
    const auto inside = [](const std::string& account) {
        return run({"su", "-", account, "-s", "/bin/bash", "-c", "env"}).output;
    };
    EXPECT_NE(inside("alfred").find(kValue), std::string::npos) << "the file is read at all";
    const std::string output = inside("harlequin");
    EXPECT_EQ(output.find(kValue), std::string::npos) << output;
    EXPECT_NE(output.find("LC_TIME=C\n"), std::string::npos) << "what the policy names: " << output;
}

TEST_F(EnvironmentDoorsTest, NothingThatPamReadForCron) {
    for (const char* account : {"harlequin", "alfred"}) {
        const std::string table = "/var/spool/cron/crontabs/" + std::string(account);
        machine::write_file(table, "@reboot env > new-; mv new- from-cron\n", 0600);
        ASSERT_EQ(::chown(table.c_str(), machine::uid_of(account), 0), 0);
    }
    fs::remove("/run/crond.reboot");
    Process cron({"cron", "-f"});
    const auto said = [](const char* account) {
        return machine::read_file(machine::home_of(account) + "/from-cron");
    };
    EXPECT_TRUE(eventually([&] { return !said("harlequin").empty() && !said("alfred").empty(); }));
    EXPECT_NE(said("alfred").find(kValue), std::string::npos) << said("alfred");
    EXPECT_EQ(said("harlequin").find(kValue), std::string::npos) << said("harlequin");
    cron.send_signal(SIGTERM);
    (void)cron.finish();
}

TEST_F(EnvironmentDoorsTest, WhatAPolicyNamesArrives) {
    const std::string file = std::string(paths::kConfigDir) + "/jails/arkham.yaml",
                      policy = machine::read_file(file);
    std::string changed = policy;
    changed.replace(changed.find("pass: ["), 7, "pass: [GIT_SSH_COMMAND, PERL5*, ");
    machine::write_file(file, changed);
    ASSERT_EQ(run({"jail-provision", "build", "arkham"}).exit_status(), 0);
    const Outcome outcome = with_variables({"su", "-p", "harlequin", "-c", "env"});
    machine::write_file(file, policy);
    ASSERT_EQ(run({"jail-provision", "build", "arkham"}).exit_status(), 0);
    for (const char* name : {"GIT_SSH_COMMAND=", "PERL5LIB="})
        EXPECT_NE(outcome.output.find(std::string(name) + kValue), std::string::npos) << outcome.output;
    EXPECT_EQ(outcome.output.find("PYTHONPATH"), std::string::npos) << outcome.output;
}

}  // namespace
}  // namespace jail::testing
