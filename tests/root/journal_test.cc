// SPDX-License-Identifier: Apache-2.0
// Events reach the journal with their fields where the host has one, otherwise syslog as a line, and never
// both.
#include <libjail/policy/paths.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "datagram_sink.h"
#include "jail_fixture.h"
#include "libjail/events/journal.h"

namespace jail::testing {
namespace {

constexpr char kServices[] = "/run/pam-services";

class JournalTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        std::filesystem::create_directories(kServices);
        std::ofstream(std::string(kServices) + "/other") << "auth required pam_deny.so\n";
        std::ofstream(std::string(kServices) + "/door")
            << "account required pam_jail.so\nsession required pam_jail.so\n";
    }

    static bool ended() {
        return eventually([] { return traces_of(kHarlequin).empty(); });
    }
    static Outcome pam(const char* step, const char* next) {
        return run([&] {
            return ::execl(JAIL_PAM_LOGIN, "pam_login", kServices, "door", "harlequin", "rhost=198.51.100.7",
                           step, next, nullptr);
        });
    }
    static bool has(const std::string& entry, const std::string& field) {
        return ("\n" + entry).find("\n" + field + "\n") != std::string::npos;
    }
    // The only one, or empty.
    std::string entry(const std::string& kind) {
        const auto found = journal_->with("JAIL_EVENT=" + kind + "\n");
        EXPECT_EQ(found.size(), 1u) << kind;
        return found.size() == 1 ? found[0] : "";
    }

    DatagramSink syslog_{"/dev/log"};
    std::unique_ptr<DatagramSink> journal_ = std::make_unique<DatagramSink>(kJournalSocket);
};

TEST_F(JournalTest, TheSupervisorsEventsAreThereWithTheirFieldsAndSyslogHasNone) {
    ASSERT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    ASSERT_TRUE(ended());
    for (const char* kind : {"instance_start", "session_open", "session_close", "instance_stop"}) {
        SCOPED_TRACE(kind);
        const std::string found = entry(kind);
        for (const std::string& field :
             {std::string("JAIL_ACCOUNT=harlequin"), std::string("JAIL_NAME=arkham"),
              "JAIL_UID=" + harlequin_id(), std::string("PRIORITY=6"), std::string("SYSLOG_FACILITY=10"),
              std::string("SYSLOG_IDENTIFIER=jail-supervisor")})
            EXPECT_TRUE(has(found, field)) << field << " in:\n" << found;
    }
    EXPECT_TRUE(has(entry("session_open"), "MESSAGE=session of harlequin opened in jail arkham by test"));
    EXPECT_TRUE(has(entry("session_open"), "JAIL_DOOR=test"));
    EXPECT_TRUE(has(entry("instance_stop"), "JAIL_CAUSE=idle"));
    EXPECT_TRUE(syslog_.with("arkham").empty()) << syslog_.with("arkham")[0];
}

TEST_F(JournalTest, WithoutAJournalSyslogHasTheLines) {
    journal_.reset();
    const OutOfTheWay real(kJournalSocket);
    ASSERT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    ASSERT_TRUE(ended());
    EXPECT_EQ(syslog_.with("jail-supervisor[").size(), 4u);
    EXPECT_EQ(syslog_.with("session of harlequin opened in jail arkham by test").size(), 1u);
}

TEST_F(JournalTest, WhereJournaldIsGoneSyslogHasTheLines) {
    journal_.reset();
    const OutOfTheWay real(kJournalSocket);
    // A socket that is not open any more.
    std::filesystem::create_directories(std::filesystem::path(kJournalSocket).parent_path());
    ASSERT_EQ(::system((std::string("python3 -c 'import socket; s = socket.socket(socket.AF_UNIX, "
                                    "socket.SOCK_DGRAM); s.bind(\"") +
                        kJournalSocket + "\")'")
                           .c_str()),
              0);
    ASSERT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    ASSERT_TRUE(ended());
    ::unlink(kJournalSocket);
    EXPECT_EQ(syslog_.with("jail-supervisor[").size(), 4u);
}

TEST_F(JournalTest, ADenialOfPamJailIsThereAsPamSyslogWordsIt) {
    std::filesystem::remove(std::string(paths::kStateDir) + "/manifests/arkham");
    EXPECT_NE(pam("account", "open").status, 0);
    const std::string denial = entry("denial");
    EXPECT_TRUE(has(denial, "JAIL_SOURCE=pam_jail")) << denial;
    EXPECT_TRUE(has(denial, "JAIL_ACCOUNT=harlequin")) << denial;
    EXPECT_TRUE(has(denial, "JAIL_RHOST=198.51.100.7")) << denial;
    EXPECT_TRUE(has(denial, "PRIORITY=3")) << denial;
    EXPECT_TRUE(has(denial, "SYSLOG_IDENTIFIER=pam_login")) << denial;
    EXPECT_EQ(denial.rfind("MESSAGE=pam_jail(door:account): event ", 0), 0u) << denial;
    EXPECT_NE(denial.find(": login of harlequin denied: open "), std::string::npos) << denial;
    EXPECT_TRUE(syslog_.with("denied").empty());
}

TEST_F(JournalTest, SoIsOneOfADoorThatIsInsideAlready) {
    manifest_.seccomp = std::string(16, '\xff');  // the kernel refuses it, when the process is inside
    publish();
    EXPECT_NE(pam("account", "open").status, 0);
    EXPECT_NE(entry("denial").find("load the seccomp filter"), std::string::npos);
    EXPECT_EQ(entry("denial").rfind("MESSAGE=pam_jail(door:session): event ", 0), 0u);
    ASSERT_TRUE(ended());
}

TEST_F(JournalTest, WithoutAJournalPamJailTellsSyslog) {
    journal_.reset();
    const OutOfTheWay real(kJournalSocket);
    std::filesystem::remove(std::string(paths::kStateDir) + "/manifests/arkham");
    EXPECT_NE(pam("account", "open").status, 0);
    const auto lines = syslog_.with("login of harlequin denied");
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_NE(lines[0].find("pam_jail(door:account): event "), std::string::npos) << lines[0];
}

TEST_F(JournalTest, ADenialOfSetuidJailshellIsThereToo) {
    std::filesystem::remove(std::string(paths::kStateDir) + "/manifests/arkham");
    ASSERT_EQ(::chmod(paths::kJailshell, 04711), 0);
    EXPECT_EQ(WEXITSTATUS(outside(kHarlequin, {"jailshell", "-c", "id"}).status), 254);
    ASSERT_EQ(::chmod(paths::kJailshell, 0711), 0);
    EXPECT_TRUE(has(entry("denial"), "JAIL_SOURCE=jailshell"));
    EXPECT_TRUE(has(entry("denial"), "JAIL_UID=" + harlequin_id()));
    EXPECT_TRUE(has(entry("denial"), "SYSLOG_IDENTIFIER=jailshell"));
    EXPECT_TRUE(syslog_.with("denied").empty());
}

TEST_F(JournalTest, ADenialInsideIsThereToo) {
    manifest_.access = {.shell = false, .sftp = true};
    manifest_.sftp_server = "/bin/probe";
    publish();
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "id").status), 254);
    ASSERT_TRUE(ended());
    EXPECT_TRUE(has(entry("denial"), "JAIL_SOURCE=inside"));
    EXPECT_TRUE(has(entry("denial"), "JAIL_COMMAND=id"));
    EXPECT_TRUE(syslog_.with("denied").empty());
}

TEST_F(JournalTest, AJournalThatReadsNothingHoldsUpNobody) {
    // Until the journal's queue is full, not only what one sender may have in it.
    std::vector<FileDescriptor> senders;
    for (int sent = 1; sent > 0;) {
        senders.push_back(open_journal().value());
        for (sent = 0; send_to_journal(senders.back(), Event("filler"), {6, "test", "filler"});) ++sent;
    }
    ASSERT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    ASSERT_TRUE(ended());
    EXPECT_EQ(syslog_.with("jail-supervisor[").size(), 4u);
    EXPECT_TRUE(journal_->with("arkham").empty());
}

}  // namespace
}  // namespace jail::testing
