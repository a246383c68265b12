// SPDX-License-Identifier: Apache-2.0
// Members of a bound group: `add` was not run for them, and their login shell is the host's.
#include <filesystem>

#include "libjail/policy/name_service.h"
#include "libjail/policy/paths.h"
#include "pam_services.h"
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
access: {shell: false, sftp: true}
commands: [bash, env]
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
        EXPECT_EQ(run({"jail-provision", "apply", "--withdraw"}).exit_status(), 0);
        EXPECT_EQ(run({"jail-provision", "list", "--json"}).output.find("inmates"), std::string::npos);
    }
    void SetUp() override {
        SshTest::SetUp();
        groups("");
        shell("/bin/bash");
    }
    static void groups(const std::string& names) { require({"usermod", "-G", names, "selina"}); }
    static void shell(const std::string& path) { require({"usermod", "-s", path, "selina"}); }
    static std::string group_id(const std::string& name) {
        return std::to_string(name_service::group_id(name).value());
    }
    static std::string hostname(const std::string& account = "selina") {
        return ssh(account, {"hostname"}).output;
    }
    static bool lists_home() {
        const Outcome list =
            run({"sftp", "-q", "-F", server().client_config(), "-b", "-", "selina"}, "pwd\n");
        return list.output.find("Remote working directory: /home/selina") != std::string::npos;
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
        EXPECT_TRUE(lists_home()) << path;
    }
}

// sshd executes the path as it stands, or /bin/sh if it is empty; whether root listed it in /etc/shells or
// not.
TEST_F(GroupsTest, SftpOnlyIsEnforcedForALoginShellOfAnyForm) {
    groups("ferrymen");
    const std::string passwd = machine::read_file("/etc/passwd");
    for (const char* path : {"", "/usr/bin/../bin/bash", "/usr//bin/bash", "/bin/../usr/bin/env",
                             "/usr/bin/env", "/proc/self/root/bin/bash", "/home/selina/link"}) {
        const std::string account = "selina:x:", line = passwd.substr(passwd.find(account));
        const std::string entry = line.substr(0, line.find('\n'));
        std::string changed = passwd;
        changed.replace(passwd.find(entry), entry.size(), entry.substr(0, entry.rfind(':') + 1) + path);
        machine::write_file("/etc/passwd", changed);
        std::filesystem::remove("/home/selina/link");
        std::filesystem::create_symlink("/bin/bash", "/home/selina/link");
        const Outcome command = ssh("selina", {"echo", "got", "in"});
        EXPECT_NE(command.exit_status(), 0) << path;
        EXPECT_EQ(command.output.find("got in"), std::string::npos) << path;
        machine::write_file("/etc/passwd", passwd);
    }
    std::filesystem::remove("/home/selina/link");
}

TEST_F(GroupsTest, WhoWasMovedToAnotherJailDoesNotJoinTheOldOne) {
    groups("inmates");
    auto first = std::make_unique<Connection>(server(), "selina");
    auto channel = first->open();
    ASSERT_TRUE(channel->execute("hostname; cat"));
    ASSERT_TRUE(channel->read_until("gotham"));
    EXPECT_EQ(hostname(), "gotham\n") << "who was not moved joins";
    groups("ferrymen");
    expect_denied("the account was moved to jail ferry");
    channel.reset();
    first.reset();
    EXPECT_TRUE(machine::no_traces());
    EXPECT_TRUE(lists_home());
}

TEST_F(GroupsTest, AnotherLoginShellDoesNotJoinWhereThereIsNone) {
    groups("ferrymen");
    auto first = std::make_unique<Connection>(server(), "selina");
    ASSERT_TRUE(first->logged_in());
    EXPECT_TRUE(lists_home());
    shell("/usr/bin/env");
    expect_denied("its login shell was changed");
}

// `grace` keeps an empty instance: not for yesterday's identity.
TEST_F(GroupsTest, AWarmInstanceIsNotForAnotherLoginShell) {
    std::string warm = kFerry;
    warm.replace(warm.find("grace: 0s"), 9, "grace: 60s");
    machine::write_file("/etc/jail/jails/ferry.yaml", warm);
    require({"jail-provision", "build", "ferry"});
    groups("ferrymen");
    EXPECT_TRUE(lists_home());
    shell("/usr/bin/env");
    EXPECT_EQ(ssh("selina", {"printf", "got in"}).output.find("got in"), std::string::npos);
    EXPECT_TRUE(lists_home());
    machine::write_file("/etc/jail/jails/ferry.yaml", kFerry);
    require({"jail-provision", "build", "ferry"});
    EXPECT_TRUE(lists_home());
}

TEST_F(GroupsTest, GroupsOfTwoJailsAreAContradiction) {
    groups("inmates,ferrymen");
    expect_denied("are bound to different jails");
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

// Its members are unknown then: a member that is not found would be let in unjailed.
TEST_F(GroupsTest, ABoundGroupOfAnotherNumberRefusesPersonalAccounts) {
    groups("inmates");
    const std::string gid = group_id("inmates");
    require({"groupmod", "-g", std::to_string(machine::unused_uid()), "inmates"});
    expect_denied("the members of the bound group inmates cannot be known");
    groups("");
    expect_denied("the members of the bound group inmates cannot be known");
    const PamServices services({"su"}, "@include jail\n");
    EXPECT_EQ(run({"su", "-s", "/bin/sh", "-c", "echo in", "daemon"}).output, "in\n");
    EXPECT_EQ(run({"su", "-c", "echo in"}).output, "in\n");
    EXPECT_NE(run({"su", "-c", "echo in", "selina"}).output, "in\n");
    require({"groupmod", "-g", gid, "inmates"});
    EXPECT_NE(hostname(), "gotham\n");
}

TEST_F(GroupsTest, ABoundGroupThatIsGoneRefusesPersonalAccounts) {
    groups("inmates");
    const std::string gid = group_id("inmates");
    require({"groupdel", "inmates"});
    expect_denied("the members of the bound group inmates cannot be known");
    require({"groupadd", "-g", gid, "inmates"});
    EXPECT_NE(ssh("selina", {"hostname"}).output, "");
    groups("inmates");
    EXPECT_EQ(hostname(), "gotham\n");
}

// getgrouplist(3) then succeeds with the remaining groups.
TEST_F(GroupsTest, AGroupServiceThatDoesNotAnswerRefusesPersonalAccounts) {
    groups("inmates");
    const std::string nsswitch = machine::read_file("/etc/nsswitch.conf");
    machine::write_file("/etc/nsswitch.conf", "passwd: files\ngroup: absent\nshadow: files\n");
    expect_denied("cannot be known");
    // Only the list by account fails; the group's own names its members.
    machine::write_file("/etc/nsswitch.conf",
                        "passwd: files\ngroup: files\ninitgroups: absent\nshadow: files\n");
    EXPECT_EQ(hostname(), "gotham\n");
    machine::write_file("/etc/nsswitch.conf", nsswitch);
}

// What user@.service asks before it starts `systemd --user` on the host (tests/vm/logins has the whole of
// it).
TEST_F(GroupsTest, OnlyTheUnboundMayHaveASystemdOfTheirOwn) {
    const auto may = [](const std::string& uid) {
        return run({paths::kSupervisor, "--unbound", uid}).exit_status() == 0;
    };
    const std::string uid = std::to_string(machine::uid_of("selina"));
    EXPECT_TRUE(may(uid));
    groups("inmates");
    EXPECT_FALSE(may(uid)) << "a member";
    groups("");
    require({"jail-provision", "add", "--jail", "arkham", "selina"});
    EXPECT_FALSE(may(uid)) << "bound by name";
    require({"jail-provision", "remove", "selina"});
    EXPECT_TRUE(may(uid));
    EXPECT_TRUE(may("0"));
    for (const std::string& odd :
         {std::to_string(machine::unused_uid()), std::string("selina"), std::string()})
        EXPECT_FALSE(may(odd)) << odd;
    require({"groupmod", "-n", "visitors", "inmates"});
    EXPECT_FALSE(may(uid)) << "nobody can tell";
    require({"groupmod", "-n", "inmates", "visitors"});
}

TEST_F(GroupsTest, ASecondNameOfAUidIsRefused) {
    const PamServices services({"su"}, "@include jail\n");
    require({"useradd", "-o", "-u", std::to_string(machine::uid_of("selina")), "-g", "selina", "-d",
             "/home/selina", "-s", "/bin/bash", "catwoman"});
    const Outcome outcome = run({"su", "-c", "echo got in", "catwoman"});
    EXPECT_EQ(outcome.output.find("got in"), std::string::npos);
    EXPECT_NE(log().wait_for("its uid is also selina's"), "") << outcome.errors;
    require({"userdel", "catwoman"});
}

TEST_F(GroupsTest, AnAccountOfADirectoryServiceNeedsNothingElse) {
    // libnss-extrausers stands for LDAP: the account is not in the host's own files.
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
