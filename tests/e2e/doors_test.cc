// SPDX-License-Identifier: Apache-2.0
// jail-provision add's words about sshd's door, compared with what sshd then does.
#include <filesystem>

#include "ssh_fixture.h"
#include "tests/closed_doors.h"

namespace jail::testing {
namespace {

constexpr char kMember[] = "sftp_member";

class DoorsTest : public SshTest {
protected:
    static void SetUpTestSuite() {
        SshServer::Options options;
        options.sftp = "internal-sftp";
        start_server(options);
        if (machine::uid_of(kMember) == static_cast<uid_t>(-1)) machine::add_account(kMember);
    }
    void TearDown() override {
        (void)run({"jail-provision", "remove", "--force", kMember});
        write_service("sshd", true);
        machine::set_setuid(false);
        SshTest::TearDown();
    }

    // An sshd with this host's /etc/pam.d/sshd.
    static SshServer::Options as_host() {
        SshServer::Options options;
        options.as_host = true;
        options.sftp = "internal-sftp";
        return options;
    }
    // As the account's client sees it: internal-sftp executes no login shell.
    static std::string root_seen_by_sftp() {
        const SshServer host(as_host());
        return run({"sftp", "-F", host.client_config(), "-b", "-", std::string(kMember) + "@127.0.0.1"},
                   "ls -1 /\n")
            .output;
    }
    static Outcome add(const std::vector<std::string>& options = {}) {
        std::vector<std::string> command = {"jail-provision", "add", "--jail", "arkham", kMember};
        command.insert(command.end(), options.begin(), options.end());
        return run(command);
    }
    static bool has(const std::string& text, const std::string& part) {
        return text.find(part) != std::string::npos;
    }
};

TEST_F(DoorsTest, AnSshdWithoutPamJailIsRefusedAndRunsOnTheHost) {
    write_service("sshd", false);
    const Outcome refused = add();
    EXPECT_EQ(refused.exit_status(), 1);
    EXPECT_TRUE(has(refused.errors,
                    "sshd is open: end /etc/pam.d/sshd with the line '@include jail', or say --force"))
        << refused.errors;
    EXPECT_FALSE(has(run({"jail-provision", "list"}).output, kMember));
    const Outcome forced = add({"--force"});
    EXPECT_EQ(forced.exit_status(), 0) << forced.errors;
    EXPECT_TRUE(has(forced.output, "now in jail arkham, generation ")) << forced.output;
    EXPECT_FALSE(has(forced.output, " sshd,") || has(forced.output, " sshd\n")) << forced.output;
    EXPECT_TRUE(has(forced.errors, "sshd is open: ")) << forced.errors;
    EXPECT_TRUE(has(root_seen_by_sftp(), "/boot")) << "as add said: internal-sftp is on the host";
}

TEST_F(DoorsTest, WithSetuidJailshellWhatIsSaidToBeOpenIsOpenAndTheRestIsJailed) {
    write_service("sshd", false);
    machine::set_setuid(true);
    const Outcome added = add();
    EXPECT_EQ(added.exit_status(), 0) << added.errors;
    EXPECT_TRUE(has(added.errors, "sshd is half open: ")) << added.errors;
    EXPECT_TRUE(has(added.output, "its login shell")) << added.output;
    EXPECT_TRUE(has(root_seen_by_sftp(), "/boot"));
    const SshServer host(as_host());
    EXPECT_TRUE(has(run(host.ssh(std::string(kMember) + "@127.0.0.1", {"hostname"})).output, "arkham"));
}

TEST_F(DoorsTest, AnSshdThatIsSaidToLeadInDoes) {
    const Outcome added = add();
    EXPECT_EQ(added.exit_status(), 0) << added.errors;
    EXPECT_TRUE(has(added.output, "now in jail arkham, generation ")) << added.output;
    EXPECT_TRUE(has(added.output, ", through sshd")) << added.output;
    EXPECT_FALSE(has(added.errors, "sshd is")) << added.errors;
    const std::string seen = root_seen_by_sftp();
    EXPECT_TRUE(has(seen, "/usr") && !has(seen, "/boot")) << seen;
}

}  // namespace
}  // namespace jail::testing
