// SPDX-License-Identifier: Apache-2.0
// Bundles for repositories other than plain git's. See bundle_fixture.h.
#include <filesystem>

#include "bundle_fixture.h"

namespace jail::testing {
namespace {

// The account works with a repository that another account of the same jail serves over ssh.
class ServedTest : public OutgoingTest {
protected:
    bool needs_other_account() const override { return true; }
    std::string commands() const override { return "bash, cat, mkdir"; }
    void other_has(const std::string& command) const {
        const Finished made = Connection(sshd(), other_account()).execute(command);
        ASSERT_EQ(made.exit_status, 0) << made.output << made.errors;
    }
};

using SvnBundle = ServedTest;

TEST_F(SvnBundle, WorksOnARepositoryThatAnotherAccountServes) {
    other_has("svnadmin create served");
    EXPECT_EQ(
        inside(
            "export SVN_SSH='ssh -q' url=svn+ssh://" + other_account() + "@127.0.0.1/home/" +
            other_account() +
            "/served; set -e\n"
            "svn checkout -q $url work; cd work; echo closed > case; svn add -q case\n"
            "svn commit -q -m first; svn update -q; svn log --quiet | { read; read -r revision _ by _; echo "
            "$revision $by; }; svn cat $url/case"),
        "r1 " + other_account() + "\nclosed\n");
    EXPECT_EQ(
        inside(
            "svnadmin create own && svn mkdir -q -m dir file://$HOME/own/trunk && svn ls file://$HOME/own"),
        "trunk/\n");
}

using MercurialBundle = ServedTest;

TEST_F(MercurialBundle, WorksOnARepositoryThatAnotherAccountServes) {
    other_has("hg init served");
    EXPECT_EQ(inside("url=" + url_of_other_account("ssh") +
                     "/served; set -e\n"
                     "hg clone -q $url work 2> /dev/null; cd work; echo closed > case; hg commit -q -A -m "
                     "first -u H; hg "
                     "push -q\n"
                     "hg clone -q $url ../again; hg -R ../again log --template '{desc} {author}\\n'; cat "
                     "../again/case"),
              "first H\nclosed\n");
}

class GitoliteBundle : public BundleTest {
protected:
    std::string policy() const override { return "home: {exec: true}\n"; }

    // The stock client with a key that gitolite knows.
    Outcome client(const std::string& script) const {
        machine::write_file(here() + "/config",
                            "Host *\n  User " + account() + "\n  IdentityFile " + here() + "/boss\n  Port " +
                                std::to_string(sshd().port()) +
                                "\n  IdentitiesOnly yes\n  BatchMode yes\n  LogLevel ERROR\n"
                                "  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n");
        return run({"env", "HOME=" + here(), "GIT_SSH_COMMAND=ssh -F " + here() + "/config",
                    "GIT_AUTHOR_NAME=H", "GIT_AUTHOR_EMAIL=h@arkham", "GIT_COMMITTER_NAME=H",
                    "GIT_COMMITTER_EMAIL=h@arkham", "bash", "-ec", "cd " + here() + "\n" + script});
    }
    static std::string here() { return std::string(machine::kRunDir) + "/gitolite"; }
};

TEST_F(GitoliteBundle, ServesWhatItsRulesAllow) {
    std::filesystem::create_directories(here());
    ASSERT_EQ(run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", here() + "/boss"}).exit_status(), 0);
    machine::write_home_file(account(), "boss.pub", machine::read_file(here() + "/boss.pub"));
    inside("gitolite setup -pk boss.pub");
    const Outcome administered = client(
        "git clone -q ssh://127.0.0.1/gitolite-admin admin; cd admin\n"
        "printf 'repo case\\n    RW = boss\\n    - master = @all\\nrepo closed\\n    RW = nobody\\n' >> "
        "conf/gitolite.conf\n"
        "git commit -qam rules; git push -q");
    ASSERT_EQ(administered.exit_status(), 0) << administered.errors;
    const Outcome pushed = client(
        "git clone -q ssh://127.0.0.1/case 2>&1; cd case; git commit -q --allow-empty -m first\n"
        "git push -q origin HEAD:work; git ls-remote origin | cut -f 2; ssh -F ../config 127.0.0.1 info");
    EXPECT_EQ(pushed.exit_status(), 0) << pushed.errors;
    EXPECT_NE(pushed.output.find("refs/heads/work\n"), std::string::npos) << pushed.output;
    EXPECT_NE(pushed.output.find(" R W\tcase\n"), std::string::npos) << pushed.output;
    const Outcome refused = client("git clone -q ssh://127.0.0.1/closed");
    EXPECT_NE(refused.errors.find("DENIED by fallthru"), std::string::npos) << refused.errors;
}

}  // namespace
}  // namespace jail::testing
