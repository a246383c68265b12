// SPDX-License-Identifier: Apache-2.0
// Accounts that may use scp, rsync or git, with the stock clients, and have no shell.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <regex>

#include "libjail/policy/paths.h"
#include "ssh_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

// harvey copies, edward synchronises, pamela has repositories, lucius does all of it and sftp; jonathan has
// sftp alone.
class WithoutAShellTest : public SshTest {
protected:
    static void SetUpTestSuite() {
        SshTest::SetUpTestSuite();
        make_all();
    }

    static void make_all() {
        if (machine::uid_of("harvey") != static_cast<uid_t>(-1)) return;
        make("harvey", "scp: true");
        make("edward", "rsync: true");
        make("pamela", "git: true");
        make("lucius", "sftp: true, scp: true, rsync: true, git: true");
        make("jonathan", "sftp: true");
    }

    static void make(const std::string& account, const std::string& access) {
        machine::add_account(account);
        machine::write_file(std::string(paths::kConfigDir) + "/jails/" + account + ".yaml",
                            "jail: " + account + "\naccounts: [" + account + "]\naccess: {shell: false, " +
                                access + "}\ngrace: 0s\n");
        const Outcome added = run({"jail-provision", "add", account});
        ASSERT_EQ(added.exit_status(), 0) << added.output << added.errors;
    }

    void SetUp() override {
        SshTest::SetUp();
        fs::remove_all(here_);
        fs::create_directories(here_ + "/tree/a b");
        fs::create_directories(here_ + "/back");
        machine::write_file(here_ + "/tree/a b/it's $HOME", binary_data(1u << 20));
        machine::write_file(here_ + "/tree/one.txt", "one\n");
        machine::write_file(here_ + "/tree/two words.txt", "two\n");
    }

    static std::string at(const std::string& account, const std::string& path) {
        return account + "@127.0.0.1:" + path;
    }
    Outcome scp(const std::vector<std::string>& arguments) const {
        return run(with({"scp", "-F", config_}, arguments));
    }
    Outcome rsync(const std::vector<std::string>& arguments) const {
        return run(with({"rsync", "-e", "ssh -F " + config_}, arguments));
    }
    Outcome git(const std::vector<std::string>& arguments) const {
        return run(with({"env", "-C", here_, "HOME=" + here_, "GIT_SSH_COMMAND=ssh -F " + config_, "git",
                         "-c", "user.name=P", "-c", "user.email=p@arkham", "-c", "init.defaultBranch=main"},
                        arguments));
    }
    // A command as ssh sends it, whatever it is.
    static Outcome send(const std::string& account, const std::vector<std::string>& command) {
        return run(server().ssh(account + "@127.0.0.1", command));
    }
    static std::vector<std::string> with(std::vector<std::string> words,
                                         const std::vector<std::string>& more) {
        words.insert(words.end(), more.begin(), more.end());
        return words;
    }

    static void expect_success(const Outcome& outcome) {
        EXPECT_EQ(outcome.exit_status(), 0) << outcome.output << outcome.errors;
    }
    static void expect_refused(const Outcome& outcome, const std::string& why) {
        EXPECT_EQ(outcome.exit_status(), 254) << outcome.output << outcome.errors;
        EXPECT_EQ(outcome.output, "");
        EXPECT_NE(outcome.errors.find(why), std::string::npos) << outcome.errors;
        EXPECT_EQ(std::count(outcome.errors.begin(), outcome.errors.end(), '\n'), 1) << outcome.errors;
    }
    void expect_same(const std::string& one, const std::string& other) const {
        const Outcome compared = run({"diff", "-r", one, other});
        EXPECT_EQ(compared.exit_status(), 0) << compared.output << compared.errors;
    }

    // A repository of the account's, as it would have been put there before.
    void make_repository(const std::string& account, const std::string& name) const {
        const std::string path = machine::home_of(account) + "/" + name;
        expect_success(git({"init", "-q", "--bare", path}));
        expect_success(run({"chown", "-R", account + ":", path}));
    }

    const std::string here_ = std::string(machine::kRunDir) + "/without-a-shell";
    const std::string config_ = server().client_config();
};

TEST_F(WithoutAShellTest, ScpThereAndBack) {
    expect_success(scp({"-O", here_ + "/tree/two words.txt", at("harvey", "\"a name\"")}));
    EXPECT_EQ(machine::read_file("/home/harvey/a name"), "two\n");
    expect_success(scp({"-O", at("harvey", "a\\ name"), here_ + "/back/"}));
    EXPECT_EQ(machine::read_file(here_ + "/back/a name"), "two\n");
    ASSERT_EQ(run({"touch", "-d", "@1000000000", here_ + "/tree/one.txt"}).exit_status(), 0);
    expect_success(scp({"-O", "-r", "-p", here_ + "/tree", at("harvey", "")}));
    expect_success(scp({"-O", "-r", "-p", at("harvey", "~/tree"), here_ + "/back/"}));
    expect_same(here_ + "/tree", here_ + "/back/tree");
    struct stat status = {};
    ASSERT_EQ(::stat((here_ + "/back/tree/one.txt").c_str(), &status), 0);
    EXPECT_EQ(status.st_mtime, 1'000'000'000);
}

TEST_F(WithoutAShellTest, ScpsWildcardsAreTheFilesInside) {
    expect_success(scp({"-O", "-r", here_ + "/tree", at("harvey", "wild")}));
    expect_success(scp({"-O", at("harvey", "wild/*.txt"), here_ + "/back/"}));
    expect_same(here_ + "/tree/one.txt", here_ + "/back/one.txt");
    expect_same(here_ + "/tree/two words.txt", here_ + "/back/two words.txt");
    EXPECT_FALSE(fs::exists(here_ + "/back/a b"));
}

TEST_F(WithoutAShellTest, ScpReachesNoFileOfTheHost) {
    EXPECT_NE(scp({"-O", at("harvey", "/etc/shadow"), here_ + "/back/"}).exit_status(), 0);
    EXPECT_NE(scp({"-O", here_ + "/tree/one.txt", at("harvey", "/usr/bin/")}).exit_status(), 0);
    EXPECT_TRUE(fs::is_empty(here_ + "/back"));
}

TEST_F(WithoutAShellTest, ScpOverSftpFollowsTheAccessOfSftp) {
    expect_success(scp({here_ + "/tree/one.txt", at("lucius", "over sftp")}));
    EXPECT_EQ(machine::read_file("/home/lucius/over sftp"), "one\n");
    EXPECT_NE(scp({here_ + "/tree/one.txt", at("harvey", "over sftp")}).exit_status(), 0);
    EXPECT_FALSE(fs::exists("/home/harvey/over sftp"));
}

TEST_F(WithoutAShellTest, RsyncThereAndBack) {
    expect_success(rsync({"-a", here_ + "/tree", at("edward", "it's here/")}));
    expect_success(rsync({"-a", at("edward", "it's here/tree"), here_ + "/back/"}));
    expect_same(here_ + "/tree", here_ + "/back/tree");
    fs::remove(here_ + "/tree/one.txt");
    expect_success(rsync({"-aHz", "--delete", "--backup", "--backup-dir", "../taken away", here_ + "/tree/",
                          at("edward", "it's here/tree/")}));
    EXPECT_FALSE(fs::exists("/home/edward/it's here/tree/one.txt"));
    EXPECT_EQ(machine::read_file("/home/edward/it's here/taken away/one.txt"), "one\n");
    expect_success(
        rsync({"-a", at("edward", "it's here/tree/*.txt"), ":~/it's*/taken*/one.txt", here_ + "/back/"}));
    EXPECT_TRUE(fs::exists(here_ + "/back/two words.txt"));
    EXPECT_TRUE(fs::exists(here_ + "/back/one.txt"));
}

TEST_F(WithoutAShellTest, RsyncWithItsArgumentsInItsProtocol) {
    expect_success(rsync({"-a", "-s", here_ + "/tree", at("edward", "in; $(protocol)/")}));
    expect_success(rsync({"-a", "-s", at("edward", "in; $(protocol)/tree"), here_ + "/back/"}));
    expect_same(here_ + "/tree", here_ + "/back/tree");
}

TEST_F(WithoutAShellTest, RsyncReachesNoFileOfTheHost) {
    for (const char* secluded : {"-s", "--no-s"}) {
        EXPECT_NE(rsync({"-a", secluded, at("edward", "/etc/shadow"), here_ + "/back/"}).exit_status(), 0);
        EXPECT_NE(rsync({"-a", secluded, here_ + "/tree/one.txt", at("edward", "/usr/bin/")}).exit_status(),
                  0);
    }
    EXPECT_TRUE(fs::is_empty(here_ + "/back"));
    EXPECT_NE(rsync({"--rsync-path=sudo rsync", "-a", here_ + "/tree", at("edward", "x")}).exit_status(), 0);
    EXPECT_NE(rsync({"--remote-option=--rsh=sh", "-a", here_ + "/tree", at("edward", "x")}).exit_status(), 0);
    EXPECT_NE(rsync({at("edward", ":module")}).exit_status(), 0) << "a daemon";
    EXPECT_FALSE(fs::exists("/home/edward/x"));
}

TEST_F(WithoutAShellTest, GitClonesAndPushes) {
    make_repository("pamela", "it's a repository.git");
    const std::string url = "ssh://pamela@127.0.0.1/~/it's a repository.git";
    expect_success(git({"clone", "-q", url, "checkout"}));
    machine::write_file(here_ + "/checkout/file", "one\n");
    expect_success(git({"-C", "checkout", "add", "file"}));
    expect_success(git({"-C", "checkout", "commit", "-qm", "first"}));
    expect_success(git({"-C", "checkout", "push", "-q", "origin", "HEAD:main"}));
    expect_success(git({"clone", "-q", "-b", "main", "--upload-pack=git upload-pack",
                        at("pamela", "it's a repository.git"), "again"}));
    EXPECT_EQ(machine::read_file(here_ + "/again/file"), "one\n");
    const Outcome archive = git({"archive", "--remote=" + url, "main"});
    expect_success(archive);
    EXPECT_NE(archive.output.find("one\n"), std::string::npos);
}

TEST_F(WithoutAShellTest, AllOfThemForOneAccount) {
    make_repository("lucius", "repository.git");
    expect_success(scp({"-O", here_ + "/tree/one.txt", at("lucius", "by-scp")}));
    expect_success(rsync({here_ + "/tree/one.txt", at("lucius", "by-rsync")}));
    expect_success(git({"ls-remote", at("lucius", "repository.git")}));
    for (const char* copy : {"by-scp", "by-rsync"})
        EXPECT_EQ(machine::read_file(std::string("/home/lucius/") + copy), "one\n");
}

TEST_F(WithoutAShellTest, EachIsAllowedByItself) {
    const std::string only_scp = "this account may transfer files by scp, and nothing else";
    const std::string only_rsync = "this account may transfer files by rsync, and nothing else";
    const std::string only_git = "this account may use git, and nothing else";
    for (const char* command :
         {"rsync --server --sender -re.iLs . .", "git-upload-pack x", "/usr/lib/openssh/sftp-server"})
        expect_refused(send("harvey", {command}), only_scp);
    for (const char* command : {"scp -f .", "git-upload-pack x", "/usr/lib/openssh/sftp-server"})
        expect_refused(send("edward", {command}), only_rsync);
    for (const char* command : {"scp -f .", "rsync --server --sender -re.iLs . ."})
        expect_refused(send("pamela", {command}), only_git);
}

TEST_F(WithoutAShellTest, NothingElseIsRunAndOneLineSaysSo) {
    const std::string all =
        "this account may transfer files by sftp, scp and rsync and use git, and nothing else";
    for (const char* command : {"ls",
                                "id",
                                "sh",
                                "sh -c id",
                                "scp -t x; id",
                                "scp -t x && id",
                                "scp -t $(id)",
                                "scp -t x\nid",
                                "scp -S ./x a b:c",
                                "scp -t -oProxyCommand=./x y",
                                "scp a b",
                                "scp -t a b",
                                "rsync -e sh x y:z",
                                "rsync --server -e sh . x",
                                "rsync --server --rsh=sh . x",
                                "rsync --server --daemon .",
                                "rsync --daemon",
                                "rsync --help",
                                "git-upload-pack --help",
                                "git upload-pack '--help'",
                                "git-receive-pack 'x' 'y'",
                                "git log",
                                "git shell",
                                "git-upload-pack x`id`",
                                "env scp -t x",
                                "X=1 scp -t x",
                                "/usr/bin/git",
                                "it's"})
        expect_refused(send("lucius", {command}), all);
    const Outcome login = send("lucius", {});  // sshd greets before it asks for the shell
    EXPECT_EQ(login.exit_status(), 254) << login.output;
    EXPECT_NE(login.errors.find(all), std::string::npos) << login.errors;
    EXPECT_FALSE(fs::exists("/home/lucius/x"));
}

// Without `syslog: host`: the jail does not have a socket to the host's log.
TEST_F(WithoutAShellTest, WhatIsRefusedIsInTheLogsUnderTheIdThatThePersonWasTold) {
    const std::vector<std::pair<std::string, std::string>> refused = {{"jonathan", "id"},
                                                                      {"jonathan", "scp -t x"},
                                                                      {"harvey", "scp a b"},
                                                                      {"pamela", "git-upload-pack -x"}};
    for (const auto& [account, command] : refused) {
        SCOPED_TRACE(account + ": " + command);
        const Outcome outcome = send(account, {command});
        std::smatch id;
        ASSERT_TRUE(std::regex_search(outcome.errors, id, std::regex("\\(event ([0-9a-f]{8})\\)")))
            << outcome.errors;
        const std::string line = log().wait_for("event " + id[1].str());
        EXPECT_EQ(line.rfind("<85>", 0), 0u) << "authpriv, notice: " << line;
        EXPECT_NE(line.find("jail-supervisor["), std::string::npos) << line;
        EXPECT_NE(line.find("session of " + account + " denied inside jail " + account), std::string::npos);
        EXPECT_TRUE(ends_with(line, "; the command was: " + command)) << line;
        const std::string event =
            run({"grep", "-h", id[1].str(), std::string(paths::kLogDir) + "/audit.jsonl"}).output;
        EXPECT_NE(event.find("\"event\":\"denial\",\"account\":\"" + account + "\""), std::string::npos)
            << event;
        EXPECT_NE(event.find("\"command\":\"" + command + "\",\"source\":\"inside\""), std::string::npos)
            << event;
        EXPECT_EQ(std::count(event.begin(), event.end(), '\n'), 1) << event;
    }
}

TEST_F(WithoutAShellTest, TheTreeHasNoShell) {
    for (const char* account : {"harvey", "edward", "pamela"}) {
        const Outcome shown = run({"jail-provision", "show", account});
        expect_success(shown);
        EXPECT_EQ(shown.output.find("bash"), std::string::npos) << shown.output;
        for (const char* program : {"/bin/sh", "/bin/bash", "/usr/bin/dash", "/usr/bin/ls", "/usr/bin/ssh"})
            EXPECT_NE(run({"jail-provision", "why", account, program}).exit_status(), 0) << program;
    }
}

// By the other door: sshd without pam_jail, jailshell setuid root.
class WithoutAShellBySetuidTest : public WithoutAShellTest {
protected:
    static void SetUpTestSuite() {
        SshServer::Options options;
        options.pam_jail = false;
        start_server(options);
        make_all();
    }
    void SetUp() override {
        WithoutAShellTest::SetUp();
        machine::set_setuid(true);
    }
    void TearDown() override {
        machine::set_setuid(false);
        WithoutAShellTest::TearDown();
    }
};

TEST_F(WithoutAShellBySetuidTest, AllOfThemForOneAccount) {
    expect_success(scp({"-O", "-r", here_ + "/tree", at("lucius", "scp\\ copy")}));
    expect_success(scp({"-O", "-r", at("lucius", "scp\\ copy"), here_ + "/back/"}));
    expect_same(here_ + "/tree", here_ + "/back/scp copy");
    expect_success(rsync({"-a", here_ + "/tree/", at("lucius", "rsync copy")}));
    expect_success(rsync({"-a", at("lucius", "rsync copy"), here_ + "/back/"}));
    expect_same(here_ + "/tree", here_ + "/back/rsync copy");
    make_repository("lucius", "by setuid.git");
    expect_success(git({"ls-remote", at("lucius", "by setuid.git")}));
    expect_refused(send("lucius", {"scp -t x; id"}), "and nothing else");
}

}  // namespace
}  // namespace jail::testing
