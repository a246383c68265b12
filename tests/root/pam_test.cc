// pam_jail as a PAM application meets it, through pam_start_confdir(3): opened, opened twice, never opened,
// never closed; arguments that it does not take, accounts that there are not, items of any bytes.
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "libjail/paths.h"
#include "pam_fixture.h"

namespace jail::testing {
namespace {

TEST_F(PamTest, ASessionOpensInsideAndEndsWithItsApplication) {
    const Outcome outcome = pam("door", "harlequin",
                                {"tty=pts/7", "rhost=198.51.100.7", "account", "open", "run=facts", "close"});
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_TRUE(has(outcome.output, "account: Success\nopen: Success\n")) << outcome.output;
    EXPECT_TRUE(has(outcome.output, "hostname arkham\n")) << outcome.output;
    EXPECT_TRUE(has(outcome.output, "close: Success\n")) << outcome.output;
    EXPECT_TRUE(eventually([this] { return sessions_recorded() == 1; }));
    EXPECT_TRUE(has(recorded(), "\"door\":\"door\",\"tty\":\"pts/7\",\"rhost\":\"198.51.100.7\""))
        << recorded();
}

TEST_F(PamTest, OpenedTwiceItIsOneSession) {
    const Outcome outcome =
        pam("door", "harlequin", {"account", "open", "open", "run=exit 0", "close", "close"});
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_TRUE(eventually([this] { return sessions_recorded() == 1; }));
    service("twice",
            "account required pam_jail.so\nsession required pam_jail.so\nsession required pam_jail.so\n");
    EXPECT_EQ(pam("twice", "harlequin", {"account", "open", "run=exit 0", "close"}).status, 0);
    EXPECT_TRUE(eventually([this] { return sessions_recorded() == 2; }));
}

TEST_F(PamTest, WithoutACloseTheSessionEndsAllTheSame) {
    EXPECT_EQ(pam("door", "harlequin", {"account", "open"}).status, 0);
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
}

TEST_F(PamTest, AfterTheCloseTheProcessIsInsideStill) {
    // sshd closes while processes of the session still run.
    const Outcome outcome = pam("door", "harlequin", {"account", "open", "close", "run=facts"});
    EXPECT_TRUE(has(outcome.output, "hostname arkham\n")) << outcome.output;
}

TEST_F(PamTest, ACloseThatNothingWasOpenedForStartsNothing) {
    const Outcome outcome = pam("door", "harlequin", {"on", "close", "account"});
    EXPECT_TRUE(has(outcome.output, "account: Success\n")) << outcome.output;
    EXPECT_TRUE(traces_of(kHarlequin).empty());
}

TEST_F(PamTest, AnArgumentIsRefusedAndNamed) {
    for (const char* argument : {"debug", "jail=arkham", "=", "[with blanks]"}) {
        service("wrong", std::string("account required pam_jail.so ") + argument +
                             "\nsession required pam_jail.so " + argument + "\n");
        for (const char* step : {"account", "open"}) {
            const Outcome outcome = pam("wrong", "harlequin", {step, "run=exit 0"});
            EXPECT_NE(outcome.status, 0) << argument;
            EXPECT_TRUE(has(outcome.output, "said: the jail of this account is not available"))
                << outcome.output;
        }
        EXPECT_TRUE(has(recorded(), "pam_jail takes none, found ")) << recorded();
    }
    EXPECT_TRUE(traces_of(kHarlequin).empty());
}

TEST_F(PamTest, AnAccountThatThereIsNotIsDenied) {
    for (const char* name : {"nobody-here", "", "../root", "harlequin ", "harlequin\n"}) {
        for (const char* step : {"account", "open"}) {
            const Outcome outcome = pam("mixed", name, {step});
            EXPECT_NE(outcome.status, 0) << name << ": " << outcome.output;
        }
    }
}

TEST_F(PamTest, AnAccountInNoJailIsNotItsBusiness) {
    const Outcome outcome = pam("mixed", "daemon", {"account", "open", "close"});
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_EQ(pam("mixed", "root", {"account", "open", "close"}).status, 0);
    EXPECT_EQ(recorded(), "");
}

TEST_F(PamTest, WhoHasJailshellAndNoJailIsDenied) {
    std::ofstream("/etc/passwd", std::ios::app)
        << "joker:x:4999:4999::/home/joker:" << paths::kJailshell << "\n";
    for (const char* step : {"account", "open"}) {
        const Outcome outcome = pam("mixed", "joker", {step, "run=exit 0"});
        EXPECT_NE(outcome.status, 0) << outcome.output;
        EXPECT_TRUE(has(outcome.output, "said: ")) << outcome.output;
    }
}

TEST_F(PamTest, SilentSaysNothingButRecordsWhy) {
    service("wrong", "account required pam_jail.so debug\n");
    const Outcome outcome = pam("wrong", "harlequin", {"silent", "account"});
    EXPECT_FALSE(has(outcome.output, "said: ")) << outcome.output;
    EXPECT_TRUE(has(recorded(), "\"denial\"")) << recorded();
}

TEST_F(PamTest, ItemsOfAnyBytesAndLengthAreOneLineOfTheLog) {
    std::string bytes;
    for (int i = 0; i < 4096; ++i) bytes += static_cast<char>(1 + i % 255);
    const Outcome outcome =
        pam("door", "harlequin", {"tty=" + bytes, "rhost=" + bytes, "account", "open", "run=exit 0"});
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_TRUE(eventually([this] { return sessions_recorded() == 1; }));
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
    const std::string lines = recorded();
    EXPECT_TRUE(
        std::none_of(lines.begin(), lines.end(), [](unsigned char c) { return c < 0x20 && c != '\n'; }));
    std::istringstream stream(lines);
    for (std::string line; std::getline(stream, line);) {
        EXPECT_EQ(line.front(), '{') << line;
        EXPECT_EQ(line.back(), '}') << line;
        EXPECT_LT(line.size(), 4096u);
    }
}

TEST_F(PamTest, WhatFailsInsideIsInTheHostsLog) {
    manifest_.seccomp = std::string(16, '\xff');  // the kernel refuses it, when the process is inside
    publish();
    const Outcome outcome = pam("door", "harlequin", {"account", "open", "run=exit 0"});
    EXPECT_NE(outcome.status, 0);
    EXPECT_TRUE(has(outcome.output, "said: the jail of this account is not available")) << outcome.output;
    EXPECT_TRUE(has(recorded(), "load the seccomp filter: Invalid argument")) << recorded();
}

// The first one may have come as far as to be inside without a filter, or nowhere at all.
TEST_F(PamTest, WhatDidNotOpenIsNotOpenTheNextTime) {
    manifest_.seccomp = std::string(16, '\xff');
    publish();
    const Outcome outcome = pam("door", "harlequin", {"on", "open", "open"});
    EXPECT_FALSE(has(outcome.output, "open: Success")) << outcome.output;
    EXPECT_TRUE(has(outcome.output, "open: Cannot make/remove an entry")) << outcome.output;
}

TEST_F(PamTest, AFileSizeLimitOfTheHostsKeepsNoDenialFromTheLog) {
    std::ofstream(std::string(paths::kLogDir) + "/audit.jsonl", std::ios::app)
        << "{\"event\":\"filler\",\"text\":\"" << std::string(8192, 'x') << "\"}\n";
    recorded_ = audit().size();
    manifest_.seccomp = std::string(16, '\xff');
    publish();
    const Outcome outcome =
        pam_under({"/usr/bin/prlimit", "--fsize=4096:unlimited"}, "door", "harlequin", {"account", "open"});
    EXPECT_TRUE(has(outcome.output, "said: the jail of this account is not available")) << outcome.output;
    EXPECT_TRUE(has(recorded(), "load the seccomp filter: Invalid argument")) << recorded() << outcome.output;
}

// As directories of accounts do it, whose members are bound by a group.
TEST_F(PamTest, AHomeThatASessionModuleMakes) {
    const gid_t gid = kHarlequin + 7;
    const std::string state = paths::kStateDir, record = state + "/groups/" + std::to_string(gid);
    service("homes",
            "account required pam_jail.so\nsession required pam_mkhomedir.so\n"
            "session required pam_jail.so\n");
    const std::string home = ::getpwuid(kHarlequin)->pw_dir;
    std::filesystem::rename(home, home + ".away");
    EXPECT_NE(pam("homes", "harlequin", {"account"}).status, 0) << "one of its own is there already";
    std::ofstream("/etc/group", std::ios::app) << "inmates:x:" << gid << ":harlequin\n";
    std::filesystem::create_directory(state + "/groups");
    std::filesystem::remove(state + "/accounts/" + harlequin_id());
    std::ofstream(record, std::ios::binary) << encode(GroupRecord{"inmates", gid, "arkham"});
    ASSERT_EQ(::chmod(record.c_str(), 0644), 0);
    const Outcome outcome = pam("homes", "harlequin", {"account", "open", "run=facts"});
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_TRUE(has(outcome.output, "hostname arkham\n")) << outcome.output;
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
    std::filesystem::remove_all(home);
    std::filesystem::rename(home + ".away", home);
    EXPECT_EQ(::system("sed -i /^inmates:/d /etc/group"), 0);
    std::filesystem::remove_all(state + "/groups");
}

}  // namespace
}  // namespace jail::testing
