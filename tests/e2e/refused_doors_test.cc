// SPDX-License-Identifier: Apache-2.0
// The doors beside sshd, with their own programs: a session that pam_jail refuses in the session phase is
// over there too, and a job's output does not go to a file of the host. pam_jail is in the session phase
// alone, as the harder case.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <optional>
#include <sstream>

#include "libjail/policy/paths.h"
#include "pam_services.h"
#include "ssh_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

constexpr char kExecuted[] = "/home/harlequin/executed";

class RefusedDoorsTest : public ::testing::Test {
protected:
    void SetUp() override {
        machine::prepare();
        if (HasFatalFailure()) return;
        services_.emplace(std::vector<std::string>{"su", "su-l", "runuser", "runuser-l", "login", "cron",
                                                   "atd", "sudo", "sudo-i"},
                          "session required pam_jail.so\n");
        uid_ = machine::uid_of("harlequin");
    }
    void TearDown() override {
        services_.reset();
        fs::remove("/var/spool/cron/crontabs/harlequin");
        EXPECT_TRUE(machine::no_traces());
    }

    // The supervisor cannot be executed for as long as this lives.
    class WithoutSupervisor {
    public:
        WithoutSupervisor() { fs::rename(paths::kSupervisor, aside()); }
        ~WithoutSupervisor() { fs::rename(aside(), paths::kSupervisor); }
        WithoutSupervisor(const WithoutSupervisor&) = delete;
        WithoutSupervisor& operator=(const WithoutSupervisor&) = delete;

    private:
        static std::string aside() { return std::string(paths::kSupervisor) + ".aside"; }
    };

    static void write_crontab(const std::string& line) {
        const std::string table = "/var/spool/cron/crontabs/harlequin";
        machine::write_file(table, "@reboot " + line + "\n", 0600);
        ASSERT_EQ(::chown(table.c_str(), machine::uid_of("harlequin"), 0), 0);
        fs::remove("/run/crond.reboot");
    }
    // Without PAM: the account's own, from before it was in a jail.
    void submit_job(const std::string& line) const {
        const std::string id = std::to_string(uid_);
        const Outcome outcome = run({"setpriv", "--reuid", id, "--regid", id, "--init-groups", "env",
                                     "HOME=/home/harlequin", "SHELL=/bin/sh", "at", "now"},
                                    "cd /home/harlequin\n" + line + "\n");
        ASSERT_EQ(outcome.exit_status(), 0) << outcome.errors;
    }

    std::optional<PamServices> services_;
    LogCollector log_;
    uid_t uid_ = 0;
};

TEST_F(RefusedDoorsTest, NoProgramByAnyOfThem) {
    const WithoutSupervisor without;
    const std::string command = std::string("touch ") + kExecuted;
    for (const std::vector<std::string>& door :
         std::vector<std::vector<std::string>>{{"su", "harlequin", "-c", command},
                                               {"su", "-", "harlequin", "-c", command},
                                               {"su", "-s", "/bin/sh", "harlequin", "-c", command},
                                               {"runuser", "-u", "harlequin", "--", "touch", kExecuted},
                                               {"runuser", "-l", "harlequin", "-c", command},
                                               {"runuser", "-s", "/bin/sh", "harlequin", "-c", command},
                                               {"sudo", "-n", "-u", "harlequin", "touch", kExecuted},
                                               {"sudo", "-n", "-u", "harlequin", "-s", command},
                                               {"sudo", "-n", "-i", "-u", "harlequin", command}}) {
        const Outcome outcome = run(door);
        EXPECT_NE(outcome.exit_status(), 0) << ::testing::PrintToString(door);
        EXPECT_FALSE(fs::exists(kExecuted)) << ::testing::PrintToString(door);
        EXPECT_TRUE(machine::processes_of(uid_).empty()) << ::testing::PrintToString(door);
    }
    Process login({"login", "-f", "harlequin"}, Process::Stdio::kTerminal);
    login.write(command + "\nexit\n");
    EXPECT_NE(login.finish().exit_status(), 0) << login.output();
    EXPECT_FALSE(fs::exists(kExecuted));
}

// `runuser -u` and sudo without -i execute the program themselves: with a session that opens it is in the
// jail.
TEST_F(RefusedDoorsTest, TheSameDoorsOpenIntoTheJail) {
    for (const std::vector<std::string>& door :
         std::vector<std::vector<std::string>>{{"runuser", "-u", "harlequin", "--", "hostname"},
                                               {"sudo", "-n", "-u", "harlequin", "hostname"},
                                               {"sudo", "-n", "-i", "-u", "harlequin", "hostname"}})
        EXPECT_EQ(run(door).output, "arkham\n") << ::testing::PrintToString(door);
}

TEST_F(RefusedDoorsTest, NoJobOfCronOrAt) {
    const std::string line = std::string("touch ") + kExecuted;
    {
        const WithoutSupervisor without;
        write_crontab(line);
        submit_job(line);
        Process cron({"cron", "-f"});
        Process at({"atd", "-f", "-b", "1"});
        EXPECT_THAT(log_.wait_for("pam_jail(cron:session)"), ::testing::HasSubstr("denied"));
        EXPECT_THAT(log_.wait_for("pam_jail(atd:session)"), ::testing::HasSubstr("denied"));
        EXPECT_TRUE(eventually([&] { return machine::processes_of(uid_).empty(); }));
        for (Process* daemon : {&cron, &at}) {
            daemon->send_signal(SIGTERM);
            (void)daemon->finish();
        }
    }
    EXPECT_FALSE(fs::exists(kExecuted));
}

// A file of the host's as standard output could be written past each limit, and mapped as code.
TEST_F(RefusedDoorsTest, AJobsOutputIsNotAFileOfTheHosts) {
    const std::string file = "/home/harlequin/devices";
    write_crontab(
        "devices=$(stat -L -c \\%d /proc/$$/fd/1 /proc/$$/fd/2); echo \"$devices\" > ~/new; mv ~/new "
        "~/devices");
    Process cron({"cron", "-f"});
    EXPECT_TRUE(eventually([&] { return fs::exists(file); }));
    std::istringstream numbers(machine::read_file(file));
    unsigned long output = 0, errors = 0;
    numbers >> output >> errors;
    struct stat host = {};
    ASSERT_EQ(::stat("/tmp", &host), 0);
    EXPECT_NE(output, 0u);
    EXPECT_NE(output, host.st_dev);
    EXPECT_NE(errors, host.st_dev);
    fs::remove(file);
    cron.send_signal(SIGTERM);
    (void)cron.finish();
}

// atd looks for the job by its path when it is inside: without the refusal the job would not run, and without
// a message.
TEST_F(RefusedDoorsTest, AJobOfAtIsRefusedInWords) {
    submit_job(std::string("touch ") + kExecuted);
    Process at({"atd", "-f", "-b", "1"});
    EXPECT_THAT(log_.wait_for("pam_jail(atd:session)"),
                ::testing::HasSubstr("runs no job of an account in a jail"));
    at.send_signal(SIGTERM);
    (void)at.finish();
    EXPECT_FALSE(fs::exists(kExecuted));
}

}  // namespace
}  // namespace jail::testing
