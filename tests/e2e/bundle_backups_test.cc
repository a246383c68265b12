// SPDX-License-Identifier: Apache-2.0
// Bundles for backups and copies. See bundle_fixture.h.
#include <filesystem>

#include "bundle_fixture.h"

namespace jail::testing {
namespace {

// The account has a file that is worth keeping.
template <class Base>
class KeepingTest : public Base {
protected:
    void SetUp() override {
        Base::SetUp();
        machine::write_home_file(this->account(), "documents/case.txt", "closed\n");
    }
    std::string commands() const override { return "bash, cat, mkdir, rm"; }
};

using BorgBundle = KeepingTest<BundleTest>;

TEST_F(BorgBundle, KeepsAndBringsBackFilesOfTheAccount) {
    EXPECT_EQ(
        inside(
            "export BORG_PASSPHRASE=secret; set -e\n"
            "borg init -e repokey own 2> /dev/null; borg create own::first documents; borg list --short own\n"
            "mkdir back; cd back; borg extract ../own::first; cat documents/case.txt; borg check ../own"),
        "first\nclosed\n");
}

TEST_F(BorgBundle, ServesOthersThroughAForcedCommand) {
    const std::string here = std::string(machine::kRunDir) + "/borg";
    std::filesystem::create_directories(here);
    ASSERT_EQ(run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", here + "/key"}).exit_status(), 0);
    machine::write_home_file(account(), ".ssh/authorized_keys",
                             "command=\"borg serve --restrict-to-path " + home() + "/served\",restrict " +
                                 machine::read_file(here + "/key.pub"));
    machine::write_file(here + "/config", "Host *\n  IdentityFile " + here + "/key\n  Port " +
                                              std::to_string(sshd().port()) +
                                              "\n  IdentitiesOnly yes\n  BatchMode yes\n  LogLevel ERROR\n"
                                              "  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n");
    machine::write_file(here + "/evidence", "batarang\n");
    const auto borg = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"env", "BORG_RSH=ssh -F " + here + "/config", "BORG_BASE_DIR=" + here,
                                     "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes", "borg"});
        return run(words);
    };
    const std::string place = account() + "@127.0.0.1:" + home();
    const Outcome made = borg({"init", "-e", "none", place + "/served/host"});
    ASSERT_NE(made.exit_status(), 0) << "made below a directory that is not there";
    std::filesystem::create_directory(home() + "/served");
    ASSERT_EQ(::chown((home() + "/served").c_str(), machine::uid_of(account()), static_cast<gid_t>(-1)), 0);
    const Outcome initialised = borg({"init", "-e", "none", place + "/served/host"});
    ASSERT_EQ(initialised.exit_status(), 0) << initialised.errors;
    EXPECT_EQ(borg({"create", place + "/served/host::night", here + "/evidence"}).exit_status(), 0);
    EXPECT_EQ(borg({"list", "--short", place + "/served/host"}).output, "night\n");
    const Outcome elsewhere = borg({"init", "-e", "none", place + "/elsewhere"});
    EXPECT_NE(elsewhere.exit_status(), 0) << "outside of the path";
}

using ResticBundle = KeepingTest<OutgoingTest>;

TEST_F(ResticBundle, KeepsAndBringsBackFilesHereAndOverSftp) {
    EXPECT_EQ(
        inside(
            "export RESTIC_PASSWORD=secret RESTIC_REPOSITORY=own; set -e\n"
            "restic -q init; restic -q backup documents; restic -q restore latest --target back > /dev/null\n"
            "cat back/documents/case.txt"),
        "closed\n");
    EXPECT_EQ(inside("export RESTIC_PASSWORD=secret RESTIC_REPOSITORY=sftp:alfred@127.0.0.1:restic; set -e\n"
                     "restic -q init; restic -q backup documents; restic -q dump latest documents/case.txt"),
              "closed\n");
}

using RcloneBundle = KeepingTest<OutgoingTest>;

TEST_F(RcloneBundle, CopiesHereAndFromAServerThatTheHostTrusts) {
    machine::write_file(web_root() + "/case.txt", "on the web\n");
    machine::write_home_file(account(), ".config/rclone/rclone.conf", "");
    EXPECT_EQ(inside("rclone copy documents back && rclone check -q documents back && cat back/case.txt"),
              "closed\n");
    EXPECT_EQ(inside("rclone cat --http-url " + https("/") + " :http:case.txt"), "on the web\n");
}

}  // namespace
}  // namespace jail::testing
