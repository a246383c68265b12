// SPDX-License-Identifier: Apache-2.0
// What a client, the account's files and PAM put into the environment, and the programs that sshd runs before
// a shell.
#include <filesystem>
#include <set>
#include <sstream>

#include "pam_services.h"
#include "ssh_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

class EnvironmentTest : public SshTest {
protected:
    // As permissive as sshd can be: everything that a client or an account asks for gets as far as jailshell.
    static void SetUpTestSuite() {
        SshServer::Options options;
        options.extra = "PermitUserEnvironment yes\nAcceptEnv *\nPermitUserRC yes\n";
        start_server(options);
    }
    void TearDown() override {
        for (const char* account : {"harlequin", "alfred"}) {
            fs::remove_all(machine::home_of(account) + "/.ssh");
            fs::remove(machine::home_of(account) + "/.pam_environment");
        }
        SshTest::TearDown();
    }

    static std::string public_key() { return machine::read_file(std::string(machine::kRunDir) + "/id.pub"); }

    // Names in what env(1) printed.
    static std::set<std::string> names_in(const std::string& output) {
        std::set<std::string> names;
        std::istringstream lines(output);
        for (std::string line; std::getline(lines, line);) names.insert(line.substr(0, line.find('=')));
        return names;
    }
    static void expect_none_of(const std::string& output, const std::vector<std::string>& forbidden) {
        const std::set<std::string> names = names_in(output);
        for (const std::string& name : forbidden) EXPECT_EQ(names.count(name), 0u) << name << "\n" << output;
    }
};

const std::vector<std::string> kDangerous = {
    "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT",      "BASH_ENV",        "ENV",     "SHELLOPTS",
    "PS4",        "GCONV_PATH",      "LOCPATH",       "GIT_SSH_COMMAND", "GIT_DIR", "PERL5LIB",
    "PERL5OPT",   "PYTHONPATH",      "PYTHONSTARTUP", "GLIBC_TUNABLES",  "JAIL"};
constexpr char kEvil[] = "/home/harlequin/evil";

TEST_F(EnvironmentTest, OnlyWhatThePolicyNamesPasses) {
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    const auto channel = connection.open();
    for (const std::string& name : kDangerous) ASSERT_TRUE(channel->set_environment(name, kEvil)) << name;
    for (const auto& [name, value] : {std::pair("LANG", "C.UTF-8"),
                                      {"LC_TIME", "C"},
                                      {"PATH", kEvil},
                                      {"HOME", "/"},
                                      {"SHELL", kEvil},
                                      {"USER", "root"}})
        ASSERT_TRUE(channel->set_environment(name, value)) << name;
    ASSERT_TRUE(channel->execute("env"));
    const std::string output = channel->finish().output;
    expect_none_of(output, kDangerous);
    for (const char* line :
         {"LANG=C.UTF-8\n", "LC_TIME=C\n", "HOME=/home/harlequin\n", "SHELL=/bin/bash\n", "USER=harlequin\n"})
        EXPECT_NE(output.find(line), std::string::npos) << line << output;
    EXPECT_EQ(output.find(kEvil), std::string::npos) << output;
    const std::set<std::string> known = {"LANG",       "LC_TIME",        "HOME", "USER",  "LOGNAME",
                                         "SHELL",      "PATH",           "PWD",  "SHLVL", "XDG_RUNTIME_DIR",
                                         "SSH_CLIENT", "SSH_CONNECTION", "_"};
    for (const std::string& name : names_in(output)) EXPECT_EQ(known.count(name), 1u) << name;
}

TEST_F(EnvironmentTest, AcceptedVariablesOfTheStockClientPass) {
    const Outcome outcome =
        run({"env", "LANG=C.UTF-8", "LC_ALL=C", "TZ=UTC", "ssh", "-F", server().client_config(), "-o",
             "SendEnv=LANG LC_* TZ", "harlequin", "echo $LANG $LC_ALL ${TZ-none}"});
    EXPECT_EQ(outcome.output, "C.UTF-8 C none\n") << outcome.errors;
}

TEST_F(EnvironmentTest, ThePamEnvironmentOfTheAccountDoesNotPass) {
    std::string file;
    for (const std::string& name : kDangerous) file += name + " DEFAULT=" + kEvil + "\n";
    machine::write_home_file("harlequin", ".pam_environment", file);
    machine::write_home_file("alfred", ".pam_environment", "JAIL DEFAULT=/x\n");
    // Debian 13's sshd no longer asks for it, its administrator may.
    const PamServices reading({"sshd-jail"}, "session required pam_env.so user_readenv=1\n",
                              PamServices::kFirst);
    EXPECT_EQ(ssh("alfred", {"echo $JAIL"}).output, "/x\n") << "the file is read at all";
    const Outcome outcome = ssh("harlequin", {"env"});
    ASSERT_EQ(outcome.exit_status(), 0) << outcome.errors;
    expect_none_of(outcome.output, kDangerous);
}

TEST_F(EnvironmentTest, TheSshEnvironmentFilesDoNotPass) {
    std::string file, options;
    for (const std::string& name : kDangerous) {
        file += name + "=" + kEvil + "\n";
        options += (options.empty() ? "environment=\"" : ",environment=\"") + name + "=" + kEvil + "\"";
    }
    machine::write_home_file("harlequin", ".ssh/environment", file);
    machine::write_home_file("harlequin", ".ssh/authorized_keys", options + " " + public_key());
    const Outcome outcome = ssh("harlequin", {"env"});
    ASSERT_EQ(outcome.exit_status(), 0) << outcome.errors;
    expect_none_of(outcome.output, kDangerous);
    const Outcome pty = ssh("harlequin", {"-tt", "env"});
    ASSERT_EQ(pty.exit_status(), 0) << pty.output << pty.errors;
    expect_none_of(pty.output, kDangerous);
}

TEST_F(EnvironmentTest, ABashEnvFileIsNotRun) {
    machine::write_home_file("harlequin", "evil", "echo ran\n");
    machine::write_home_file("harlequin", ".ssh/environment",
                             "BASH_ENV=/home/harlequin/evil\nENV=/home/harlequin/evil\n");
    EXPECT_EQ(ssh("harlequin", {"echo command"}).output, "command\n");
    fs::remove(kEvil);
}

TEST_F(EnvironmentTest, TheRcFileRunsInside) {
    machine::write_home_file(
        "harlequin", ".ssh/rc",
        "cat > /dev/null; { hostname; readlink /proc/self/ns/mnt; cat /etc/shadow; } > ~/rc-says 2>&1\n");
    const Outcome outcome = ssh("harlequin", {"readlink /proc/self/ns/mnt; cat ~/rc-says; rm -f ~/rc-says"});
    const std::string inside = outcome.output.substr(0, outcome.output.find('\n') + 1);
    EXPECT_EQ(outcome.output.rfind(inside + "arkham\n" + inside, 0), 0u) << outcome.output << outcome.errors;
    EXPECT_EQ(outcome.output.find("root:"), std::string::npos) << outcome.output;
}

TEST_F(EnvironmentTest, TheHostsRcFileDoesNotRunForJailedAccounts) {
    machine::write_file("/etc/ssh/sshrc", "echo the-hosts-rc\n", 0755);
    EXPECT_NE(ssh("alfred", {"true"}).output.find("the-hosts-rc"), std::string::npos);
    EXPECT_EQ(ssh("harlequin", {"echo command"}).output, "command\n");
    fs::remove("/etc/ssh/sshrc");
}

TEST_F(EnvironmentTest, AForcedCommandOfAKeyRunsInside) {
    machine::write_home_file(
        "harlequin", ".ssh/authorized_keys",
        "command=\"hostname; echo asked: $SSH_ORIGINAL_COMMAND; exit 5\" " + public_key());
    const Outcome outcome = ssh("harlequin", {"cat /etc/shadow; whatever"});
    EXPECT_EQ(outcome.output, "arkham\nasked: cat /etc/shadow; whatever\n") << outcome.errors;
    EXPECT_EQ(outcome.exit_status(), 5);
}

}  // namespace
}  // namespace jail::testing
