// SPDX-License-Identifier: Apache-2.0
// The policy's keys about instances, seen through sshd: which sessions share one, and how long it lasts.
#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "login_files.h"
#include "pam_services.h"
#include "policy_fixture.h"

namespace jail::testing {
namespace {

using ::testing::HasSubstr;

class InstancePolicyTest : public PolicyTest {
protected:
    void add(const std::string& keys) { change(policy() + keys); }
};

TEST_F(InstancePolicyTest, ASessionOfItsOwnIsAloneInItsJail) {
    add("instance: session\n");
    const Connection first(server(), "harlequin"), second(server(), "harlequin");
    ASSERT_TRUE(first.logged_in() && second.logged_in());
    EXPECT_EQ(first.execute("echo mine > /tmp/x; cat /tmp/x").output, "mine\n");
    EXPECT_EQ(first.execute("cat /tmp/x").output, "mine\n") << "channels of one connection are one session";
    EXPECT_NE(second.execute("cat /tmp/x").exit_status, 0);
    EXPECT_NE(first.execute("readlink /proc/self/ns/pid").output,
              second.execute("readlink /proc/self/ns/pid").output);
    const Outcome sftp =
        run({"sftp", "-q", "-F", server().client_config(), "-b", "-", "harlequin"}, "ls /tmp\n");
    EXPECT_EQ(sftp.exit_status(), 0) << sftp.errors;
    EXPECT_EQ(sftp.output.find("/tmp/x"), std::string::npos) << sftp.output;
}

TEST_F(InstancePolicyTest, TerminalsOfSessionsOfTheirOwnAreToldApart) {
    machine::write_file("/run/utmp", "", 0664);  // a file that is not there is not made
    add("instance: session\n");
    const Connection first(server(), "harlequin"), second(server(), "harlequin");
    const auto one = first.open(), two = second.open();
    for (const auto* channel : {&one, &two}) {
        ASSERT_TRUE((*channel)->request_terminal(80, 24));
        ASSERT_TRUE((*channel)->execute("tty; cat"));
        ASSERT_TRUE((*channel)->read_until("/dev/pts/0")) << "each has a first terminal";
    }
    const std::string line = "pts/0@" + std::to_string(machine::uid_of("harlequin"));
    EXPECT_TRUE(eventually([&] {
        const std::string who = login_files::who();
        return who.find(line + ".1 ") != std::string::npos && who.find(line + ".2 ") != std::string::npos;
    })) << login_files::who();
}

TEST_F(InstancePolicyTest, WhatLingersIsThereForTheNextLogin) {
    add("linger: true\n");
    EXPECT_EQ(ssh("harlequin", {"setsid sleep 4242 > /dev/null 2>&1 < /dev/null & echo $!"}).exit_status(),
              0);
    EXPECT_TRUE(eventually([] { return machine::monitors_of("harlequin").empty(); }));
    EXPECT_TRUE(eventually([] { return machine::runs("harlequin", "sleep 4242"); })) << "setsid(1), by now";
    EXPECT_THAT(ssh("harlequin", {"cat /proc/[0-9]*/cmdline | tr '\\0' ' '"}).output,
                HasSubstr("sleep 4242"));
    EXPECT_EQ(run({"jail-provision", "kill", "harlequin"}).exit_status(), 0);
    EXPECT_TRUE(machine::no_traces());
}

TEST_F(InstancePolicyTest, InAUserNamespaceOfItsOwnEverythingWorksAsBefore) {
    add("user_namespace: self\n");
    const std::string uid = std::to_string(machine::uid_of("harlequin"));
    const std::string maps = ssh("harlequin", {"cat /proc/self/uid_map"}).output;
    EXPECT_THAT(maps, ::testing::ContainsRegex(" " + uid + " +" + uid + " +1\n"));
    EXPECT_EQ(std::count(maps.begin(), maps.end(), '\n'), 2) << "the account and root: " << maps;
    EXPECT_EQ(ssh("harlequin", {"grep -c 'Cap.*:.0*$' /proc/self/status"}).output, "5\n");
    const Outcome terminal = ssh("harlequin", {"-tt", "tty; echo typed > /dev/tty; exit 7"});
    EXPECT_THAT(terminal.output, HasSubstr("/dev/pts/0\r\ntyped"));
    EXPECT_EQ(terminal.exit_status(), 7);
    const Outcome sftp = run({"sftp", "-q", "-F", server().client_config(), "-b", "-", "harlequin"},
                             "put /etc/hostname uploaded\nls -l uploaded\nrm uploaded\n");
    EXPECT_EQ(sftp.exit_status(), 0) << sftp.errors;
    const std::vector<std::string> su = {"su", "-", "harlequin", "-c", "cat /proc/self/uid_map"};
    {
        const PamServices services({"su"});
        EXPECT_EQ(run(su).output, maps);
    }
    machine::set_setuid(true);
    EXPECT_EQ(run(su).output, maps) << "by setuid jailshell";
    machine::set_setuid(false);
    EXPECT_EQ(run({"jail-provision", "enter", "harlequin", "cat", "/proc/self/uid_map"}).output, maps);
}

TEST_F(InstancePolicyTest, AMessageIsShownToAPersonAndNotToACommand) {
    add("message: \"welcome to arkham\\nbe good\"\n");
    const Outcome terminal = run(server().ssh("harlequin", {"-tt"}), "exit 7\n");
    EXPECT_EQ(terminal.exit_status(), 7);
    EXPECT_THAT(terminal.output, HasSubstr("welcome to arkham\r\nbe good\r\n"));
    EXPECT_EQ(ssh("harlequin", {"-tt", "echo one"}).output, "one\r\n") << "a command, though on a terminal";
    EXPECT_EQ(ssh("harlequin", {"-T"}, "echo two\n").output.find("welcome"), std::string::npos);
}

TEST_F(InstancePolicyTest, AfterTheLastDayThePersonIsToldSo) {
    add("expires: 2026-01-31\n");
    const Outcome refused = ssh("harlequin", {"-o", "LogLevel=INFO", "id"});
    EXPECT_NE(refused.exit_status(), 0);
    EXPECT_THAT(refused.output + refused.errors, HasSubstr("this account's access ended on 2026-01-31"));
    add("hours: {mon-sun: 00:00-24:00}\n");
    EXPECT_EQ(ssh("harlequin", {"exit 7"}).exit_status(), 7);
}

}  // namespace
}  // namespace jail::testing
