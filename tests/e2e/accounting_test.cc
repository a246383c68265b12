// SPDX-License-Identifier: Apache-2.0
// who(1), last(1) and lastlog(8) report a jailed account as an unjailed one, door by door.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <optional>
#include <regex>
#include <sstream>

#include "login_files.h"
#include "pam_services.h"
#include "ssh_fixture.h"
#include "tests/events.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

using login_files::last;
using login_files::lastlog;
using login_files::lines_of;
using login_files::who;

// Both records of the end are there: login and sshd, too, write one after the other.
void expect_ended(const std::string& account) {
    const auto in_wtmp = [&] {
        for (const std::string& line : lines_of(account, last()))
            if (line.find("still") != std::string::npos || line.find("gone") != std::string::npos)
                return false;
        return true;
    };
    EXPECT_TRUE(eventually([&] { return lines_of(account, who()).empty() && in_wtmp(); })) << who() << last();
}

// Line by line alike but for what differs by nature: name, terminal, time, pid, and how the columns are
// spaced.
std::string shape_of(const std::vector<std::string>& lines) {
    std::string shape;
    for (std::string line : lines) {
        for (const auto& [pattern, word] : std::vector<std::pair<std::string, std::string>>{
                 {"^[a-z]+", "NAME"},
                 {"pts/[0-9]+(@[0-9]*)?", "LINE"},
                 {"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{5}", "TIME"},
                 {"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +[0-9]+ [0-9:]{5,8}( [+-][0-9]{4} [0-9]{4})?",
                  "TIME"},
                 {"[A-Z][a-z]{2} +[0-9]+ [0-9:]{5}", "TIME"},  // who(1) where LC_ALL=C
                 {"[0-9]{2}:[0-9]{2}  *\\([0-9:+]*\\)", "TIME"},
                 {" [.?] +[0-9]+ +(?=\\()", " IDLE PID "},
                 {" +", " "}})
            line = std::regex_replace(line, std::regex(pattern), word);
        shape += line + "\n";
    }
    return shape;
}

class AccountingTest : public SshTest {
protected:
    void SetUp() override {
        login_files::make();
        SshTest::SetUp();
    }

    // A shell on a terminal, logged in and recorded.
    static std::unique_ptr<Process> log_in(const std::string& account) {
        auto shell = std::make_unique<Process>(server().ssh(account, {"-tt"}), Process::Stdio::kTerminal);
        shell->write("echo logged-$((1))-in\n");
        EXPECT_TRUE(shell->read_until("logged-1-in")) << shell->output();
        EXPECT_TRUE(eventually([&] { return lines_of(account, who()).size() == 1; })) << who();
        return shell;
    }
    static void log_out(Process& shell, const std::string& account) {
        shell.write("exit\n");
        EXPECT_EQ(shell.finish().exit_status(), 0);
        expect_ended(account);
    }
    static std::string line_of(const std::string& account) {
        return "pts/0@" + std::to_string(machine::uid_of(account));
    }
};

TEST_F(AccountingTest, AnSshLoginWithATerminalIsSeenWhileItLastsAndAfterwards) {
    const auto jailed = log_in("harlequin"), plain = log_in("alfred");
    for (const std::string& told : {who(), who(true), last(), lastlog("harlequin") + lastlog("alfred")}) {
        EXPECT_EQ(shape_of(lines_of("harlequin", told)), shape_of(lines_of("alfred", told))) << told;
        EXPECT_EQ(lines_of("harlequin", told).size(), 1u) << told;
    }
    EXPECT_EQ(lastlog("harlequin").find("Never"), std::string::npos) << lastlog("harlequin");
    // w(1) cuts names and terminals short; that of Debian 13 asks the process for its terminal.
    EXPECT_TRUE(std::regex_search(run({"w", "-h"}).output,
                                  std::regex("harlequi +pts/0(@[0-9]*)? +127\\.0\\.0\\.1 .* -bash\n")))
        << run({"w"}).output;
    EXPECT_NE(who().find(line_of("harlequin")), std::string::npos) << who();
    EXPECT_NE(who().find("(127.0.0.1)"), std::string::npos);
    log_out(*jailed, "harlequin");
    log_out(*plain, "alfred");
    EXPECT_TRUE(eventually([] {  // of utmp and wtmp, sshd writes the second one last
        return last().find("still") == std::string::npos;
    }));
    for (const std::string& told : {who(), last()})
        EXPECT_EQ(shape_of(lines_of("harlequin", told)), shape_of(lines_of("alfred", told))) << told;
    EXPECT_EQ(lines_of("harlequin", last()).size(), 1u);
}

TEST_F(AccountingTest, TwoAccountsOnTheirFirstTerminalsAreTwo) {
    const auto first = log_in("harlequin"), second = log_in("ivy");
    EXPECT_NE(who().find(line_of("harlequin")), std::string::npos);
    EXPECT_NE(who().find(line_of("ivy")), std::string::npos);
    log_out(*first, "harlequin");
    EXPECT_EQ(lines_of("ivy", who()).size(), 1u);
    log_out(*second, "ivy");
}

TEST_F(AccountingTest, EachTerminalOfOneConnectionIsALogin) {
    Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in());
    const auto first = connection.open(), second = connection.open();
    for (const auto* channel : {&first, &second}) {
        ASSERT_TRUE((*channel)->request_terminal(80, 24));
        ASSERT_TRUE((*channel)->execute("echo begun; cat"));
        ASSERT_TRUE((*channel)->read_until("begun"));
    }
    EXPECT_TRUE(eventually([] { return lines_of("harlequin", who()).size() == 2; })) << who();
}

TEST_F(AccountingTest, WithoutATerminalThereIsNoRecordAsEver) {
    for (const char* account : {"harlequin", "alfred"}) {
        EXPECT_EQ(ssh(account, {"true"}).exit_status(), 0);
        EXPECT_EQ(run({"sftp", "-F", server().client_config(), "-b", "-", account}, "ls\n").exit_status(), 0);
    }
    EXPECT_TRUE(machine::no_traces());
    EXPECT_EQ(machine::read_file("/var/log/wtmp") + machine::read_file("/run/utmp") +
                  machine::read_file("/var/log/lastlog"),
              "");
}

TEST_F(AccountingTest, TerminalsThatTheAccountMakesItselfAreNoLogins) {
    const Outcome outcome =
        ssh("harlequin", {"for i in 1 2 3 4 5; do script -qec 'sleep 0.3; tty' /dev/null; done"});
    EXPECT_NE(outcome.output.find("/dev/pts/0"), std::string::npos) << outcome.output << outcome.errors;
    EXPECT_TRUE(machine::no_traces());
    EXPECT_EQ(machine::read_file("/var/log/wtmp"), "");
}

TEST_F(AccountingTest, WhatAKilledSupervisorLeftIsClearedByTheNext) {
    auto shell = log_in("harlequin");
    const uid_t uid = machine::uid_of("harlequin");
    pid_t supervisor = 0;
    for (const pid_t pid : machine::all_processes())
        if (machine::command_line_of(pid) == "jail-supervisor " + std::to_string(uid) &&
            machine::status_of(pid, "Uid:").starts_with("0\t"))  // PID 1 of the jail has its name
            supervisor = pid;
    ASSERT_NE(supervisor, 0);
    ASSERT_EQ(::kill(supervisor, SIGKILL), 0);
    (void)shell->finish();
    shell.reset();
    EXPECT_TRUE(eventually([] { return lines_of("harlequin", who()).empty(); }))
        << "who leaves out entries whose process is gone" << who();
    EXPECT_NE(login_files::open_in_utmp(), "");
    EXPECT_EQ(ssh("ivy", {"true"}).exit_status(), 0) << "another account's supervisor";
    EXPECT_TRUE(eventually([] { return login_files::open_in_utmp().empty(); }))
        << login_files::open_in_utmp();
    EXPECT_EQ(last().find("still logged in"), std::string::npos) << last();
    EXPECT_EQ(ssh("harlequin", {"true"}).exit_status(), 0);
}

TEST_F(AccountingTest, TheEventOfASessionHasItsTerminalAndPeer) {
    const auto shell = log_in("harlequin");
    log_out(*shell, "harlequin");
    ASSERT_TRUE(machine::no_traces());
    const auto closed = events("session_close");
    ASSERT_FALSE(closed.empty());
    EXPECT_EQ(closed.back()["terminals"], line_of("harlequin"));
    EXPECT_EQ(closed.back()["door"], "sshd-jail");
    EXPECT_EQ(closed.back()["tty"], "ssh");
    EXPECT_EQ(closed.back()["rhost"], "127.0.0.1");
    EXPECT_EQ(closed.back()["account"], "harlequin");
}

TEST_F(AccountingTest, LogrotateRotatesTheEventsUnderARunningInstance) {
    const auto shell = log_in("harlequin");
    ASSERT_TRUE(eventually([] { return !events("session_open").empty(); }));
    const Outcome rotated =
        run({"logrotate", "-v", "-f", "-s", "/run/logrotate.state", "/etc/logrotate.d/jail"});
    ASSERT_EQ(rotated.exit_status(), 0) << rotated.errors;
    EXPECT_TRUE(fs::exists(std::string(paths::kLogDir) + "/audit.jsonl.1")) << rotated.errors;
    EXPECT_TRUE(events("session_open").empty());
    log_out(*shell, "harlequin");
    EXPECT_TRUE(eventually([] { return events("session_close").size() == 1; }));
}

// su and login by root on a terminal.
class LocalAccountingTest : public ::testing::Test {
protected:
    void SetUp() override {
        machine::prepare();
        services_.emplace(std::vector<std::string>{"su", "login", "cron"});
        login_files::make();
    }
    void TearDown() override {
        services_.reset();
        EXPECT_TRUE(machine::no_traces());
    }
    std::optional<PamServices> services_;
    LogCollector log_;
};

TEST_F(LocalAccountingTest, SuHasNoRecordAsEver) {
    for (const char* account : {"harlequin", "alfred"})
        EXPECT_EQ(
            Process({"su", "-", account, "-c", "tty"}, Process::Stdio::kTerminal).finish().exit_status(), 0);
    EXPECT_TRUE(machine::no_traces());
    EXPECT_EQ(machine::read_file("/var/log/wtmp") + machine::read_file("/run/utmp"), "");
}

// login of shadow (Debian 12) keeps records; that of util-linux (Debian 13) leaves them to logind and to PAM
// modules that are not installed here. A jailed one is in utmp with both.
TEST_F(LocalAccountingTest, LoginIsSeenOnTheTerminalThatItWasStartedOn) {
    const bool keeps_records = machine::read_file("/usr/bin/login").find("pututline") != std::string::npos;
    std::string during[2], in_wtmp[2], after[2], last_login[2];
    for (const int jailed : {0, 1}) {
        const std::string account = jailed ? "harlequin" : "alfred";
        Process shell({"login", "-f", account}, Process::Stdio::kTerminal);
        ASSERT_TRUE(shell.read_until("$ ")) << shell.output();  // login of util-linux drops what came before
        shell.write("echo logged-$((1))-in\n");
        ASSERT_TRUE(shell.read_until("logged-1-in")) << shell.output();
        const std::size_t entries = jailed || keeps_records ? 1 : 0;
        EXPECT_TRUE(eventually([&] { return lines_of(account, who()).size() == entries; })) << who();
        during[jailed] = shape_of(lines_of(account, who()));
        in_wtmp[jailed] = shape_of(lines_of(account, last()));
        EXPECT_EQ(who().find('@'), std::string::npos) << who();
        shell.write("exit\n");
        (void)shell.finish();
        expect_ended(account);
        EXPECT_TRUE(machine::no_traces());
        after[jailed] = shape_of(lines_of(account, last()));
        last_login[jailed] = shape_of(lines_of(account, lastlog(account)));
    }
    EXPECT_EQ(during[1], "NAME LINE TIME\n");
    EXPECT_EQ(during[0], keeps_records ? during[1] : "");
    EXPECT_EQ(in_wtmp[1], in_wtmp[0]);
    EXPECT_EQ(after[1], after[0]);
    EXPECT_EQ(after[1].empty(), !keeps_records) << after[1];
    EXPECT_EQ(last_login[1], last_login[0]);
    EXPECT_EQ(last_login[1].find("LINE") != std::string::npos, keeps_records) << last_login[1];
}

TEST_F(LocalAccountingTest, CronHasNoRecordAsEver) {
    for (const char* account : {"harlequin", "alfred"}) {
        const std::string done = "/home/" + std::string(account) + "/from-cron";
        const std::string table = "/var/spool/cron/crontabs/" + std::string(account);
        machine::write_file(table, "@reboot hostname > " + done + "\n", 0600);
        ASSERT_EQ(::chown(table.c_str(), machine::uid_of(account), 0), 0);
    }
    fs::remove("/run/crond.reboot");
    Process cron({"cron", "-f"});
    for (const char* account : {"harlequin", "alfred"}) {
        const std::string done = "/home/" + std::string(account) + "/from-cron";
        EXPECT_TRUE(eventually([&] { return !machine::read_file(done).empty(); })) << account;
        EXPECT_EQ(machine::read_file(done) == "arkham\n", account == std::string("harlequin"));
    }
    cron.send_signal(SIGTERM);
    (void)cron.finish();
    EXPECT_TRUE(machine::no_traces());
    EXPECT_EQ(machine::read_file("/var/log/wtmp") + machine::read_file("/run/utmp") +
                  machine::read_file("/var/log/lastlog"),
              "");
}

}  // namespace
}  // namespace jail::testing
