// SPDX-License-Identifier: Apache-2.0
// jail-provision sshd-config: with sshd's internal-sftp, which asks no policy by itself, an account whose
// jail says sftp: false has no sftp, and everything else as before.
#include <filesystem>

#include "policy_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

class ForcedSftpTest : public PolicyTest {
protected:
    static constexpr char kDropIn[] = "/etc/ssh/sshd_config.d/50-jailshell.conf";

    void SetUp() override {
        PolicyTest::SetUp();
        ASSERT_EQ(run({"ssh-keygen", "-q", "-A"}).exit_status(), 0);
    }
    void TearDown() override {
        fs::remove(kDropIn);
        PolicyTest::TearDown();
    }
    void allow(const std::string& access) {
        change(
            "jail: arkham\naccounts: [harlequin, ivy]\ninclude: [basicshell]\ncommands: [bash, id, "
            "cat]\n"
            "grace: 0s\naccess: {" +
            access + "}\n");
    }
    // Other suites' accounts may be named too.
    static bool names(const std::string& account) {
        std::string users = machine::read_file(kDropIn);
        users = users.substr(users.find("Match User ") + 11);
        users = "," + users.substr(0, users.find('\n')) + ",";
        return users.find("," + account + ",") != std::string::npos;
    }
    // A new server each: sshd reads its configuration when it starts.
    static std::unique_ptr<SshServer> internal() {
        SshServer::Options options;
        options.sftp = "internal-sftp";
        return std::make_unique<SshServer>(options);
    }
    static Outcome list_root(const SshServer& server) {
        return run({"sftp", "-F", server.client_config(), "-b", "-", "harlequin"}, "ls /\n");
    }
};

TEST_F(ForcedSftpTest, InternalSftpAsksThePolicyAndAllElseIsAsBefore) {
    allow("shell: true, sftp: false");
    EXPECT_EQ(list_root(*internal()).exit_status(), 0) << "without it, sshd serves sftp by itself";
    const Outcome would = run({"jail-provision", "sshd-config", "--dry-run"});
    EXPECT_EQ(would.exit_status(), 0) << would.errors;
    EXPECT_FALSE(fs::exists(kDropIn));
    const Outcome written = run({"jail-provision", "sshd-config"});
    ASSERT_EQ(written.exit_status(), 0) << written.errors;
    EXPECT_TRUE(names("harlequin") && names("ivy")) << machine::read_file(kDropIn);
    EXPECT_FALSE(names("alfred"));
    EXPECT_NE(machine::read_file(kDropIn).find("\n    ForceCommand jailshell --as-asked\n"),
              std::string::npos);
    const auto server = internal();
    EXPECT_NE(list_root(*server).exit_status(), 0);
    EXPECT_EQ(run(server->ssh("harlequin", {"exit 7"})).exit_status(), 7);
    EXPECT_EQ(run(server->ssh("harlequin", {"echo \"$0\" '  two  blanks'"})).output, "bash   two  blanks\n");
    const Outcome shell =
        run(server->ssh("harlequin", {"-T"}), "shopt -q login_shell && echo login; exit 9\n");
    EXPECT_EQ(shell.exit_status(), 9);
    EXPECT_TRUE(ends_with(shell.output, "login\n")) << shell.output;
    const Outcome terminal = run(server->ssh("harlequin", {"-tt", "tty"}));
    EXPECT_EQ(terminal.output.rfind("/dev/pts/", 0), 0u) << terminal.output;
    EXPECT_EQ(run(server->ssh("alfred", {"id -un"})).output, "alfred\n") << "an account without a jail";
    EXPECT_EQ(run({"jail-provision", "sshd-config"}).output, std::string(kDropIn) + ": unchanged\n");
}

TEST_F(ForcedSftpTest, AnAccountThatMayUseSftpNeedsNoForcedCommand) {
    allow("shell: true, sftp: false");
    ASSERT_EQ(run({"jail-provision", "sshd-config"}).exit_status(), 0);
    const auto forced = internal();
    allow("sftp: true");
    EXPECT_EQ(list_root(*forced).exit_status(), 0) << "the forced command asks the policy of the day";
    const Outcome removed = run({"jail-provision", "sshd-config"});
    EXPECT_EQ(removed.exit_status(), 0) << removed.errors;
    EXPECT_FALSE(fs::exists(kDropIn) && names("harlequin"));
    EXPECT_EQ(list_root(*internal()).exit_status(), 0);
}

TEST_F(ForcedSftpTest, AConfigurationThatSshdDoesNotReadIsTakenBack) {
    allow("shell: true, sftp: false");
    const std::string config = machine::read_file("/etc/ssh/sshd_config");
    std::string without = config;
    const std::size_t include = without.find("\nInclude ");
    ASSERT_NE(include, std::string::npos);
    without.replace(include, 9, "\n#nclude ");
    machine::write_file("/etc/ssh/sshd_config", without);
    const Outcome refused = run({"jail-provision", "sshd-config"});
    machine::write_file("/etc/ssh/sshd_config", config);
    EXPECT_EQ(refused.exit_status(), 1);
    EXPECT_NE(refused.errors.find("has no line 'Include"), std::string::npos) << refused.errors;
    EXPECT_FALSE(fs::exists(kDropIn));
}

}  // namespace
}  // namespace jail::testing
