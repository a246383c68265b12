// who(1), last(1) and lastlog(8) report a jailed account as an unjailed one, door by door.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <optional>
#include <regex>
#include <sstream>

#include "pam_services.h"
#include "ssh_fixture.h"
#include "tests/events.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

// Fresh, empty records of the host's.
void make_record_files() {
    for (const char* file : {"/run/utmp", "/var/log/wtmp", "/var/log/lastlog"}) {
        fs::remove(file);
        machine::write_file(file, "", 0664);
    }
}

// The lines of who, last -w, ... that begin with the account's name.
std::vector<std::string> lines_of(const std::string& account, const std::vector<std::string>& command) {
    std::vector<std::string> found;
    std::istringstream lines(run(command).output);
    for (std::string line; std::getline(lines, line);)
        if (line.rfind(account + " ", 0) == 0) found.push_back(line);
    return found;
}

// Both records of the end are there: login and sshd, too, write one after the other.
void expect_ended(const std::string& account) {
    const auto in_wtmp = [&] {
        for (const std::string& line : lines_of(account, {"last", "-w"}))
            if (line.find("still") != std::string::npos || line.find("gone") != std::string::npos)
                return false;
        return true;
    };
    EXPECT_TRUE(eventually([&] { return lines_of(account, {"who"}).empty() && in_wtmp(); }))
        << run({"who"}).output << run({"last", "-w"}).output;
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
        make_record_files();
        SshTest::SetUp();
    }

    // A shell on a terminal, logged in and recorded.
    static std::unique_ptr<Process> log_in(const std::string& account) {
        auto shell = std::make_unique<Process>(server().ssh(account, {"-tt"}), Process::Stdio::kTerminal);
        shell->write("echo logged-$((1))-in\n");
        EXPECT_TRUE(shell->read_until("logged-1-in")) << shell->output();
        EXPECT_TRUE(eventually([&] { return lines_of(account, {"who"}).size() == 1; }))
            << run({"who"}).output;
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
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"who"}, {"who", "-u"}, {"last", "-w"}, {"lastlog", "-u", "harlequin"}}) {
        std::vector<std::string> other = command;
        if (command[0] == "lastlog") other[2] = "alfred";
        EXPECT_EQ(shape_of(lines_of("harlequin", command)), shape_of(lines_of("alfred", other)))
            << run(command).output << run(other).output;
        EXPECT_EQ(lines_of("harlequin", command).size(), 1u) << run(command).output;
    }
    // w(1) cuts names and terminals short.
    EXPECT_TRUE(std::regex_search(run({"w", "-h"}).output, std::regex("harlequi +pts/0@.* -bash\n")))
        << run({"w"}).output;
    EXPECT_NE(run({"who"}).output.find(line_of("harlequin")), std::string::npos) << run({"who"}).output;
    EXPECT_NE(run({"who"}).output.find("(127.0.0.1)"), std::string::npos);
    log_out(*jailed, "harlequin");
    log_out(*plain, "alfred");
    EXPECT_TRUE(eventually([] {  // of utmp and wtmp, sshd writes the second one last
        return run({"last", "-w"}).output.find("still") == std::string::npos;
    }));
    for (const std::vector<std::string>& command : {std::vector<std::string>{"who"}, {"last", "-w"}})
        EXPECT_EQ(shape_of(lines_of("harlequin", command)), shape_of(lines_of("alfred", command)))
            << run(command).output;
    EXPECT_EQ(lines_of("harlequin", {"last", "-w"}).size(), 1u);
}

TEST_F(AccountingTest, TwoAccountsOnTheirFirstTerminalsAreTwo) {
    const auto first = log_in("harlequin"), second = log_in("ivy");
    EXPECT_NE(run({"who"}).output.find(line_of("harlequin")), std::string::npos);
    EXPECT_NE(run({"who"}).output.find(line_of("ivy")), std::string::npos);
    log_out(*first, "harlequin");
    EXPECT_EQ(lines_of("ivy", {"who"}).size(), 1u);
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
    EXPECT_TRUE(eventually([] { return lines_of("harlequin", {"who"}).size() == 2; })) << run({"who"}).output;
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
        if (machine::command_line_of(pid) == "jail-supervisor " + std::to_string(uid)) supervisor = pid;
    ASSERT_NE(supervisor, 0);
    ASSERT_EQ(::kill(supervisor, SIGKILL), 0);
    (void)shell->finish();
    shell.reset();
    const auto alive = [] { return run({"last", "-w"}).output.find("still logged in") != std::string::npos; };
    EXPECT_TRUE(eventually([] { return lines_of("harlequin", {"who"}).empty(); }))
        << "who leaves out entries whose process is gone" << run({"who"}).output;
    EXPECT_EQ(ssh("ivy", {"true"}).exit_status(), 0) << "another account's supervisor";
    EXPECT_TRUE(eventually([] {
        return run({"utmpdump", "/run/utmp"}).output.find("[7]") == std::string::npos;
    })) << run({"utmpdump", "/run/utmp"}).output;
    EXPECT_FALSE(alive()) << run({"last", "-w"}).output;
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
        make_record_files();
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

TEST_F(LocalAccountingTest, LoginIsSeenOnTheTerminalThatItWasStartedOn) {
    std::string during[2], after[2], lastlog[2];
    for (const int jailed : {0, 1}) {
        const std::string account = jailed ? "harlequin" : "alfred";
        Process shell({"login", "-f", account}, Process::Stdio::kTerminal);
        shell.write("echo logged-$((1))-in\n");
        ASSERT_TRUE(shell.read_until("logged-1-in")) << shell.output();
        EXPECT_TRUE(eventually([&] { return lines_of(account, {"who"}).size() == 1; }))
            << run({"who"}).output;
        during[jailed] = shape_of(lines_of(account, {"who"})) + shape_of(lines_of(account, {"last", "-w"}));
        EXPECT_EQ(run({"who"}).output.find('@'), std::string::npos) << run({"who"}).output;
        shell.write("exit\n");
        (void)shell.finish();
        expect_ended(account);
        EXPECT_TRUE(machine::no_traces());
        after[jailed] = shape_of(lines_of(account, {"last", "-w"}));
        lastlog[jailed] = shape_of(lines_of(account, {"lastlog", "-u", account}));
    }
    EXPECT_EQ(during[1], during[0]);
    EXPECT_EQ(after[1], after[0]);
    EXPECT_EQ(lastlog[1], lastlog[0]);
    EXPECT_NE(lastlog[1].find("LINE"), std::string::npos) << lastlog[1];
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
