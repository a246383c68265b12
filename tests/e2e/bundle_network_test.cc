// SPDX-License-Identifier: Apache-2.0
// Bundles for reaching other hosts and being reached. See bundle_fixture.h.
#include <filesystem>

#include "bundle_fixture.h"

namespace jail::testing {
namespace {

class NetbasicsBundle : public OutgoingTest {
    void SetUp() override {
        machine::write_file("/etc/hosts", "127.0.0.1 localhost\n10.9.8.7 intranet\n");
        OutgoingTest::SetUp();
    }
    std::string commands() const override { return "bash, openssl"; }
};

TEST_F(NetbasicsBundle, NamesAndServicesAreFound) {
    EXPECT_EQ(inside("getent services https").substr(0, 6), "https ");
    EXPECT_EQ(inside("getent protocols tcp").substr(0, 4), "tcp ");
    EXPECT_NE(inside("getent hosts localhost").find("localhost"), std::string::npos);
    EXPECT_EQ(inside("getent hosts intranet").substr(0, 8), "10.9.8.7") << "the host's own";
}

TEST_F(NetbasicsBundle, TheHostsCertificatesVerifyAServer) {
    const std::string connect =
        "openssl s_client -brief -verify_return_error -connect localhost:" + std::to_string(https_port()) +
        " </dev/null";
    EXPECT_NE(inside(connect).find("Verification: OK"), std::string::npos);
    EXPECT_NE(connection().execute("SSL_CERT_DIR=/none SSL_CERT_FILE=/none " + connect).exit_status, 0);
}

class NetutilsBundle : public OutgoingTest {
protected:
    static void SetUpTestSuite() {
        machine::write_file("/etc/wgetrc", machine::read_file("/etc/wgetrc") + "quiet = on\n");
    }
};

TEST_F(NetutilsBundle, CurlAndWgetFetchAndVerify) {
    machine::write_file(web_root() + "/case.txt", "closed\n");
    EXPECT_EQ(inside("curl -sS " + https("/case.txt")), "closed\n");
    EXPECT_EQ(inside("wget -O - " + https("/case.txt")), "closed\n");
    EXPECT_EQ(inside("wget " + https("/case.txt") + " && curl -sS file://$HOME/case.txt"), "closed\n");
    EXPECT_EQ(connection()
                  .execute("curl -sS --capath /none --cacert /etc/services " + https("/case.txt"))
                  .exit_status,
              77);
    EXPECT_EQ(inside("curl -sS -o /dev/null -w '%{http_code}' " + https("/none")), "404");
}

using SshBundle = OutgoingTest;

TEST_F(SshBundle, LogsInToTheHost) {
    EXPECT_EQ(inside("ssh -q alfred@127.0.0.1 'echo over $USER'"), "over alfred\n");
    EXPECT_NE(inside("ssh-keyscan -t ed25519 -p " + std::to_string(sshd().port()) + " 127.0.0.1")
                  .find("ssh-ed25519"),
              std::string::npos);
}

TEST_F(SshBundle, HasTheHostsConfiguration) {
    EXPECT_EQ(inside("ssh -G gotham 2>/dev/null | while read -r key value; do\n"
                     "test $key = sendenv && echo $value; done; true"),
              "LANG\nLC_*\n");  // of /etc/ssh/ssh_config as Debian ships it
}

TEST_F(SshBundle, KeysAndTheirAgentWork) {
    EXPECT_NE(
        inside("ssh-keygen -q -t ed25519 -N '' -C batcave -f new && ssh-keygen -lf new.pub").find("batcave"),
        std::string::npos);
    EXPECT_NE(
        inside("eval $(ssh-agent) > /dev/null; ssh-add -q ~/.ssh/id_ed25519; ssh-add -l;\n"
               "ssh -q -o IdentityFile=none -o IdentityAgent=$SSH_AUTH_SOCK alfred@127.0.0.1 echo by agent;\n"
               "ssh-agent -k > /dev/null")
            .find("by agent\n"),
        std::string::npos);
}

class GitBundle : public OutgoingTest {
protected:
    bool needs_other_account() const override { return true; }
    // Clones, commits and pushes; another clone of it has the commit.
    void work_with(const std::string& url) const {
        EXPECT_NE(inside("export GIT_AUTHOR_NAME=H GIT_AUTHOR_EMAIL=h@arkham GIT_COMMITTER_NAME=H "
                         "GIT_COMMITTER_EMAIL=h@arkham\n"
                         "set -e; git clone -q " +
                         url +
                         " work; cd work\n"
                         "echo one > file; git add file; git commit -qm first\n"
                         "echo two >> file; git commit -qam 'second, grüße'; git push -q origin HEAD:main\n"
                         "git diff --stat HEAD~1; cd ..; git clone -q -b main " +
                         url +
                         " again; git -C again log --format=%s\n"
                         "git -C again fetch -q; rm -rf work again")
                      .find("1 file changed, 1 insertion(+)\nsecond, grüße\nfirst\n"),
                  std::string::npos);
    }
};

TEST_F(GitBundle, ClonesCommitsAndPushesOverSshToAnotherJailedAccount) {
    const Connection other(sshd(), other_account());
    ASSERT_EQ(other.execute("git init -q --bare repository.git").exit_status, 0);
    work_with(url_of_other_account("ssh") + "/~/repository.git");
    EXPECT_EQ(other.execute("git -C repository.git log -1 --format=%an main").output, "H\n");
}

TEST_F(GitBundle, ClonesCommitsAndPushesOverHttps) {
    const std::string repository = web_root() + "/git/repository.git";
    ASSERT_EQ(run({"git", "init", "-q", "--bare", repository}).exit_status(), 0);
    ASSERT_EQ(run({"git", "-C", repository, "config", "http.receivepack", "true"}).exit_status(), 0);
    work_with(https("/git/repository.git"));
    EXPECT_EQ(run({"git", "-C", repository, "log", "-1", "--format=%an", "main"}).output, "H\n");
    // A server of plain files, without git.
    const std::string files = web_root() + "/files.git";
    ASSERT_EQ(run({"git", "clone", "-q", "--bare", repository, files}).exit_status(), 0);
    ASSERT_EQ(run({"git", "-C", files, "update-server-info"}).exit_status(), 0);
    EXPECT_EQ(inside("git clone -q -b main " + https("/files.git") + " files && cat files/file"),
              "one\ntwo\n");
    // The certificate is verified.
    EXPECT_NE(connection()
                  .execute("git -c http.sslCAInfo=/etc/services -c http.sslCAPath=/none ls-remote " +
                           https("/git/repository.git"))
                  .exit_status,
              0);
}

TEST_F(GitBundle, SubcommandsWork) {
    EXPECT_EQ(
        inside("set -e; export GIT_AUTHOR_NAME=H GIT_AUTHOR_EMAIL=h@arkham GIT_COMMITTER_NAME=H "
               "GIT_COMMITTER_EMAIL=h@arkham\n"
               "git init -q -b main a; cd a; echo 1 > f; git add f; git commit -qm 1; git tag v1\n"
               "git switch -q -c side; echo 2 > g; git add g; git commit -qm 2; git switch -q main\n"
               "echo 3 > h; git add h; git commit -qm 3; git rebase -q side; git log --format=%s | sort | tr "
               "-d '\\n'; echo\n"
               "echo 4 > f; git stash -q; git stash pop -q; git status --short; git checkout -q f\n"
               "git gc -q; git fsck --no-dangling; git archive HEAD | wc -c | sed 's/.*/archive/'; git "
               "describe --tags | cut -d - -f 1,2\n"
               "git submodule status; git bisect start > /dev/null; git bisect reset 2> /dev/null\n"
               "git bundle create -q ../a.bundle main; cd ..; git clone -q a.bundle b -b main; cat b/g"),
        "123\n M f\narchive\nv1-2\n2\n");
}

using SftpBundle = BundleTest;

TEST_F(SftpBundle, TheStockClientTransfers) {
    const std::string port = std::to_string(sshd().port());
    const Outcome outcome = run({"sftp", "-F", sshd().client_config(), "-b", "-", account() + "@127.0.0.1"},
                                "put /etc/services\nls -l\nget services /run/e2e/services\n");
    EXPECT_EQ(outcome.exit_status(), 0) << outcome.output << outcome.errors;
    EXPECT_EQ(machine::read_file("/run/e2e/services"), machine::read_file("/etc/services"));
}

// sshd has the account's shell run the path of its configuration; older ones name this one.
TEST_F(SftpBundle, IsWhereOlderConfigurationsOfSshdLookForIt) {
    SshServer::Options options;
    options.sftp = "/usr/lib/sftp-server";
    const SshServer older(options);
    const Outcome outcome =
        run({"sftp", "-F", older.client_config(), "-b", "-", account() + "@127.0.0.1"}, "pwd\n");
    EXPECT_EQ(outcome.exit_status(), 0) << outcome.errors;
    EXPECT_NE(outcome.output.find(home()), std::string::npos) << outcome.output;
}

class GitServerBundle : public BundleTest {
protected:
    static void SetUpTestSuite() { machine::write_file("/etc/gitconfig", "[safe]\n\tdirectory = *\n"); }
    static void TearDownTestSuite() { std::filesystem::remove("/etc/gitconfig"); }
    std::string policy() const override { return "mounts: [{source: /srv/git, writable: true}]\n"; }
    void SetUp() override {
        std::filesystem::create_directories("/srv/git");
        BundleTest::SetUp();
    }
};

TEST_F(GitServerBundle, ServesRepositoriesOfOthersAsTheHostsSettingsAllow) {
    ASSERT_EQ(run({"git", "init", "-q", "--bare", "/srv/git/shared.git"}).exit_status(), 0);
    const Outcome listed = run({"env", "GIT_SSH_COMMAND=ssh -F " + sshd().client_config(), "git", "ls-remote",
                                account() + "@127.0.0.1:/srv/git/shared.git"});
    EXPECT_EQ(listed.exit_status(), 0) << listed.errors;
}

TEST_F(GitServerBundle, ServesTheStockClient) {
    inside("git init -q --bare -b main served.git");
    const std::string here = std::string(machine::kRunDir) + "/git-server";
    const std::string url = account() + "@127.0.0.1:served.git";
    const auto git = [&](std::vector<std::string> words) {
        words.insert(words.begin(),
                     {"env", "HOME=" + here, "GIT_SSH_COMMAND=ssh -F " + sshd().client_config(), "git", "-c",
                      "user.name=H", "-c", "user.email=h@arkham"});
        const Outcome outcome = run(words);
        EXPECT_EQ(outcome.exit_status(), 0) << outcome.output << outcome.errors;
        return outcome.output;
    };
    git({"init", "-q", "-b", "main", here});
    git({"-C", here, "commit", "-q", "--allow-empty", "-m", "served"});
    git({"-C", here, "push", "-q", url, "main"});
    git({"clone", "-q", url, here + "/again"});
    EXPECT_EQ(git({"-C", here + "/again", "log", "--format=%s"}), "served\n");
    EXPECT_NE(git({"archive", "--remote=" + url, "main"}), "");
}

using ScpBundle = BundleTest;

TEST_F(ScpBundle, TheStockClientTransfersByScpsOwnProtocol) {
    const Outcome outcome =
        run({"scp", "-O", "-F", sshd().client_config(), "/etc/services", account() + "@127.0.0.1:copy"});
    EXPECT_EQ(outcome.exit_status(), 0) << outcome.output << outcome.errors;
    EXPECT_EQ(machine::read_file(home() + "/copy"), machine::read_file("/etc/services"));
}

using RsyncBundle = BundleTest;

TEST_F(RsyncBundle, TheStockClientTransfers) {
    const Outcome outcome = run({"rsync", "-az", "-e", "ssh -F " + sshd().client_config(), "/etc/services",
                                 account() + "@127.0.0.1:copy"});
    EXPECT_EQ(outcome.exit_status(), 0) << outcome.output << outcome.errors;
    EXPECT_EQ(machine::read_file(home() + "/copy"), machine::read_file("/etc/services"));
}

using XauthBundle = BundleTest;

TEST_F(XauthBundle, KeepsCookies) {
    EXPECT_NE(inside("xauth -q add :7 . 00112233445566778899aabbccddeeff; xauth list")
                  .find("MIT-MAGIC-COOKIE-1  00112233445566778899aabbccddeeff"),
              std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(home() + "/.Xauthority"));
}

}  // namespace
}  // namespace jail::testing
