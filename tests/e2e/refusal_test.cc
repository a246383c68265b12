// SPDX-License-Identifier: Apache-2.0
// A damaged jail: the login is denied with one line that the client shows and an event id that stands in the
// log beside the cause, no program is executed, and other accounts log in as ever.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <regex>
#include <sstream>

#include "libjail/policy/paths.h"
#include "libjail/policy/trusted_store.h"
#include "ssh_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

class RefusalTest : public SshTest {
protected:
    void SetUp() override {
        SshTest::SetUp();
        const auto manifest = load_manifest("arkham");
        ASSERT_TRUE(manifest) << manifest.error().message();
        tree_ = std::string(paths::kStateDir) + "/trees/" + manifest.value().tree;
        uid_ = machine::uid_of("harlequin");
        record_ = std::string(paths::kStateDir) + "/accounts/" + std::to_string(uid_);
    }
    // Everything as it was: the next test logs in.
    void TearDown() override {
        if (fs::exists(aside_)) {
            fs::remove_all(moved_);
            fs::rename(aside_, moved_);
        }
        EXPECT_EQ(ssh("harlequin", {"hostname"}).output, "arkham\n") << "repaired, it works again";
        SshTest::TearDown();
    }

    void move_away(const std::string& path) {
        moved_ = path;
        aside_ = path + ".aside";
        fs::rename(moved_, aside_);
    }

    // By both clients. `cause` is what the log says, and the client must not.
    void expect_refused(const std::string& cause) {
        const Connection connection(server(), "harlequin");
        EXPECT_FALSE(connection.logged_in());
        expect_explained(connection.banner(), cause);
        for (const std::vector<std::string>& arguments :
             {std::vector<std::string>{"-o", "LogLevel=INFO", "touch /tmp/executed ~/executed"},
              {"-o", "LogLevel=INFO", "-tt"},
              {"-o", "LogLevel=INFO", "-s", "sftp"}}) {
            const Outcome outcome = ssh("harlequin", arguments);
            EXPECT_EQ(outcome.exit_status(), 255);
            expect_explained(outcome.errors, cause);
        }
        EXPECT_FALSE(fs::exists("/tmp/executed"));
        EXPECT_FALSE(fs::exists("/home/harlequin/executed"));
        EXPECT_TRUE(eventually([&] { return machine::traces_of(uid_).empty(); }))
            << ::testing::PrintToString(machine::traces_of(uid_));
        const Outcome other = ssh("alfred", {"hostname; id -un"});
        EXPECT_NE(other.output.find("alfred"), std::string::npos) << other.errors;
    }

    // The one line of the audit log that has this event id.
    static std::string audit_event(const std::string& id) {
        std::istringstream lines(machine::read_file(std::string(paths::kLogDir) + "/audit.jsonl"));
        std::string found;
        for (std::string line; std::getline(lines, line);)
            if (line.find("\"event_id\":\"" + id + "\"") != std::string::npos) found += line;
        return found;
    }

    static void expect_explained(const std::string& told, const std::string& cause) {
        std::smatch match;
        ASSERT_TRUE(std::regex_search(
            told, match,
            std::regex(
                "the jail of this account is not available; tell your administrator: event ([0-9a-f]{8})")))
            << "the client was told: " << told;
        const std::string logged = log().wait_for("event " + match[1].str());
        EXPECT_NE(logged.find("harlequin"), std::string::npos) << logged;
        EXPECT_NE(logged.find(cause), std::string::npos) << logged;
        EXPECT_EQ(told.find("/var/lib"), std::string::npos) << told;
        const std::string event = audit_event(match[1].str());
        EXPECT_NE(event.find("\"event\":\"denial\""), std::string::npos) << event;
        EXPECT_NE(event.find("\"account\":\"harlequin\""), std::string::npos) << event;
        EXPECT_NE(event.find("\"rhost\":\"127.0.0.1\""), std::string::npos) << event;
        EXPECT_NE(event.find(cause), std::string::npos) << event;
    }

    uid_t uid_ = 0;
    const std::string manifest_ = std::string(paths::kStateDir) + "/manifests/arkham";
    std::string tree_, record_, moved_, aside_;
};

TEST_F(RefusalTest, WithoutAManifest) {
    move_away(manifest_);
    expect_refused("No such file");
    EXPECT_FALSE(Connection(server(), "ivy").logged_in()) << "who is in the same jail";
}

TEST_F(RefusalTest, WithAManifestThatIsNotRoots) {
    ASSERT_EQ(::chown(manifest_.c_str(), uid_, 0), 0);
    expect_refused("not owned by root");
    ASSERT_EQ(::chown(manifest_.c_str(), 0, 0), 0);
}

TEST_F(RefusalTest, WithATruncatedManifest) {
    move_away(manifest_);
    machine::write_file(manifest_, machine::read_file(aside_).substr(0, 100));
    expect_refused("cannot decode the record: truncated");
}

TEST_F(RefusalTest, WithoutATree) {
    move_away(tree_);
    expect_refused("No such file");
}

TEST_F(RefusalTest, WithATreeThatOthersCanWrite) {
    struct stat status = {};
    ASSERT_EQ(::stat(tree_.c_str(), &status), 0);
    ASSERT_EQ(::chmod(tree_.c_str(), 0777), 0);
    expect_refused("writable by group or others");
    ASSERT_EQ(::chmod(tree_.c_str(), status.st_mode & 07777), 0);
}

TEST_F(RefusalTest, WithATreeThatIsTheAccounts) {
    ASSERT_EQ(::chown(tree_.c_str(), uid_, uid_), 0);
    expect_refused("not owned by root");
    ASSERT_EQ(::chown(tree_.c_str(), 0, 0), 0);
}

TEST_F(RefusalTest, WithoutARecordWhileTheLoginShellIsJailshell) {
    move_away(record_);
    expect_refused("No such file");
}

TEST_F(RefusalTest, WithoutAHome) {
    move_away("/home/harlequin");
    expect_refused("No such file");
}

TEST_F(RefusalTest, WithASymlinkForAHome) {
    move_away("/home/harlequin");
    fs::create_directory_symlink("/home/harlequin.aside", "/home/harlequin");
    expect_refused("/home/harlequin");
}

TEST_F(RefusalTest, WithAHomeOfAnotherAccount) {
    ASSERT_EQ(::chown("/home/harlequin", machine::uid_of("ivy"), uid_), 0);
    expect_refused("not the account's own");
    ASSERT_EQ(::chown("/home/harlequin", uid_, uid_), 0);
}

TEST_F(RefusalTest, WithoutASupervisorTheSessionIsRefused) {
    move_away(paths::kSupervisor);
    expect_refused("jail-supervisor could not be executed");
    EXPECT_NE(run({"sftp", "-F", server().client_config(), "-b", "-", "harlequin"}, "ls\n").exit_status(), 0);
    EXPECT_NE(
        ssh("harlequin", {"-o", "ExitOnForwardFailure=yes", "-R", "4573:127.0.0.1:1", "-N"}).exit_status(),
        0);
    EXPECT_FALSE(fs::exists("/home/harlequin/executed"));
}

TEST_F(RefusalTest, AnEventIdIsOfOneLoginOnly) {
    move_away(manifest_);
    EXPECT_NE(Connection(server(), "harlequin").banner(), Connection(server(), "harlequin").banner());
}

}  // namespace
}  // namespace jail::testing
