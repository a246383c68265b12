// Members of a bound group: nobody ran `add` for them, and their login shell is the host's.
#include <filesystem>

#include "ssh_fixture.h"

namespace jail::testing {
namespace {

constexpr char kGotham[] = R"(jail: gotham
groups: [inmates]
include: [basicshell, sftp]
commands: [bash, hostname, id]
grace: 0s
)";
constexpr char kFerry[] = R"(jail: ferry
groups: [ferrymen]
access: {sftp: true}
grace: 0s
)";

void require(const std::vector<std::string>& command) {
    const Outcome outcome = run(command);
    ASSERT_EQ(outcome.exit_status(), 0)
        << ::testing::PrintToString(command) << outcome.output << outcome.errors;
}

class GroupsTest : public SshTest {
protected:
    static void SetUpTestSuite() {
        machine::prepare();
        machine::write_file("/etc/jail/jails/gotham.yaml", kGotham);
        machine::write_file("/etc/jail/jails/ferry.yaml", kFerry);
        for (const char* group : {"inmates", "ferrymen"}) require({"groupadd", group});
        require({"jail-provision", "build", "gotham", "ferry"});
        machine::add_account("selina");
        SshTest::start_server({});
    }
    static void TearDownTestSuite() {
        SshTest::TearDownTestSuite();
        for (const char* jail : {"gotham", "ferry"})
            std::filesystem::remove(std::string("/etc/jail/jails/") + jail + ".yaml");
        EXPECT_EQ(run({"jail-provision", "apply"}).exit_status(), 2);
        EXPECT_EQ(run({"jail-provision", "list", "--json"}).output.find("inmates"), std::string::npos);
    }
    void SetUp() override {
        SshTest::SetUp();
        groups("");
        shell("/bin/bash");
    }
    static void groups(const std::string& names) { require({"usermod", "-G", names, "selina"}); }
    static void shell(const std::string& path) { require({"usermod", "-s", path, "selina"}); }
    static std::string hostname(const std::string& account = "selina") {
        return ssh(account, {"hostname"}).output;
    }
    // The login is refused, and the person is told.
    static void expect_denied(const std::string& why) {
        const Outcome outcome = ssh("selina", {"echo", "got", "in"});
        EXPECT_EQ(outcome.output.find("got in"), std::string::npos);
        EXPECT_NE(outcome.exit_status(), 0);
        EXPECT_NE(log().wait_for(why), "") << why;
    }
};

TEST_F(GroupsTest, TheFirstLoginOfAMemberIsJailed) {
    const std::string outside = hostname();
    EXPECT_NE(outside, "gotham\n");
    groups("inmates");
    EXPECT_EQ(hostname(), "gotham\n");
    EXPECT_EQ(ssh("selina", {"id", "-Gn"}).output, "selina inmates\n");
    EXPECT_NE(ssh("selina", {"ls /usr/bin/python3"}).exit_status(), 0);
    EXPECT_EQ(ssh("selina", {"echo $0"}).output, "bash\n");
    groups("");
    EXPECT_EQ(hostname(), outside) << "who leaves the group is in no jail any more";
}

TEST_F(GroupsTest, ThePrimaryGroupCounts) {
    require({"usermod", "-g", "inmates", "selina"});
    EXPECT_EQ(hostname(), "gotham\n");
    require({"usermod", "-g", "selina", "selina"});
}

TEST_F(GroupsTest, ALoginShellThatTheJailLacksBecomesTheJails) {
    groups("inmates");
    shell("/usr/bin/rbash");
    EXPECT_EQ(hostname(), "gotham\n");
    const Outcome outcome = ssh("selina", {"cd / && shopt -q restricted_shell || echo free"});
    EXPECT_EQ(outcome.output, "free\n") << outcome.errors;
}

TEST_F(GroupsTest, AShellThatIsNoShellStaysNone) {
    groups("inmates");
    shell("/usr/sbin/nologin");
    EXPECT_EQ(ssh("selina", {"echo", "got", "in"}).output.find("got in"), std::string::npos);
}

TEST_F(GroupsTest, SftpOnlyIsEnforcedWhateverTheLoginShell) {
    groups("ferrymen");
    for (const char* path : {"/bin/bash", "/bin/sh", "/usr/bin/rbash"}) {
        shell(path);
        const Outcome command = ssh("selina", {"echo", "got", "in"});
        EXPECT_NE(command.exit_status(), 0) << path;
        EXPECT_EQ(command.output.find("got in"), std::string::npos) << path;
        const Outcome list =
            run({"sftp", "-q", "-F", server().client_config(), "-b", "-", "selina"}, "pwd\n");
        EXPECT_NE(list.output.find("Remote working directory: /home/selina"), std::string::npos)
            << path << list.output << list.errors;
    }
}

TEST_F(GroupsTest, GroupsOfTwoJailsAreAContradiction) {
    groups("inmates,ferrymen");
    expect_denied("are in two");
}

TEST_F(GroupsTest, AnOwnBindingWins) {
    groups("inmates");
    require({"jail-provision", "add", "--jail", "arkham", "selina"});
    EXPECT_EQ(hostname(), "arkham\n");
    EXPECT_TRUE(machine::no_traces());
    require({"jail-provision", "remove", "selina"});
    EXPECT_EQ(hostname(), "gotham\n");
}

TEST_F(GroupsTest, AReusedGidDoesNotInheritTheJail) {
    groups("inmates");
    require({"groupmod", "-n", "visitors", "inmates"});
    expect_denied("its gid is now another group's");
    require({"groupmod", "-n", "inmates", "visitors"});
    EXPECT_EQ(hostname(), "gotham\n");
}

TEST_F(GroupsTest, AnAccountOfADirectoryServiceNeedsNothingElse) {
    // libnss-extrausers stands for LDAP: the account is in none of the host's own files.
    const std::string uid = std::to_string(machine::unused_uid());
    const std::string nsswitch = machine::read_file("/etc/nsswitch.conf");
    machine::write_file("/etc/nsswitch.conf",
                        "passwd: files extrausers\ngroup: files extrausers\nshadow: files extrausers\n");
    machine::write_file("/var/lib/extrausers/passwd",
                        "oswald:x:" + uid + ":" + uid + "::/home/oswald:/bin/bash\n");
    machine::write_file("/var/lib/extrausers/group", "oswald:x:" + uid + ":\n");
    machine::write_file("/var/lib/extrausers/shadow", "oswald:*:19000:0:99999:7:::\n", 0640);
    require({"gpasswd", "-a", "oswald", "inmates"});
    require({"install", "-d", "-m", "0700", "-o", uid, "-g", uid, "/home/oswald"});
    machine::authorize("oswald");
    EXPECT_EQ(hostname("oswald"), "gotham\n");
    EXPECT_EQ(ssh("oswald", {"whoami; pwd"}).output, "oswald\n/home/oswald\n");
    // By name it can be bound too; its shell is not in /etc/passwd, and stays.
    const Outcome added = run({"jail-provision", "add", "--jail", "arkham", "oswald"});
    EXPECT_EQ(added.exit_status(), 0) << added.errors;
    EXPECT_NE(added.errors.find("its login shell stays"), std::string::npos) << added.errors;
    EXPECT_EQ(hostname("oswald"), "arkham\n");
    EXPECT_TRUE(machine::no_traces());
    require({"jail-provision", "remove", "oswald"});
    require({"gpasswd", "-d", "oswald", "inmates"});
    EXPECT_TRUE(machine::no_traces());
    machine::write_file("/etc/nsswitch.conf", nsswitch);
}

}  // namespace
}  // namespace jail::testing
