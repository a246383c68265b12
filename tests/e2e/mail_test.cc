// SPDX-License-Identifier: Apache-2.0
// `mail: true`: the jail's sendmail hands mail to the host's (scripts/sandbox-host has one that keeps the
// mails), for cron and for every process inside. The number and size of mails are bounded, and the host's
// sendmail runs as nobody.
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <optional>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/unix_address.h"
#include "libjail/policy/paths.h"
#include "libjail/session/mail_request.h"
#include "libjail/session/run_lock.h"
#include "pam_services.h"
#include "ssh_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;
constexpr uid_t kNobody = 65534;

// cron(8) with pam_jail, and this crontab of harlequin's.
class Crond {
public:
    explicit Crond(const std::string& crontab) : services_({"cron"}) {
        machine::write_file(kTable, crontab, 0600);
        EXPECT_EQ(::chown(kTable, machine::uid_of("harlequin"), 0), 0);
        fs::remove("/run/crond.reboot");
        cron_.emplace(std::vector<std::string>{"cron", "-f"});
    }
    ~Crond() {
        cron_->send_signal(SIGTERM);
        (void)cron_->finish();
        fs::remove(kTable);
    }

private:
    static constexpr char kTable[] = "/var/spool/cron/crontabs/harlequin";
    PamServices services_;
    std::optional<Process> cron_;
};

class MailTest : public SshTest {
protected:
    void SetUp() override {
        SshTest::SetUp();
        forget_mails();
        policy_ = machine::read_file(kPolicy);
        build(policy_ + "mail: true\n");
    }
    void TearDown() override {
        build(policy_);
        fs::remove_all("/run/jail/rates");
        SshTest::TearDown();
    }

    static void build(const std::string& policy) {
        machine::write_file(kPolicy, policy);
        const Outcome built = run({"jail-provision", "build", "arkham"});
        ASSERT_EQ(built.exit_status(), 0) << built.output << built.errors;
    }
    static void forget_mails() {
        for (const auto& mail : fs::directory_iterator("/run/mail")) fs::remove(mail);
    }
    // The complete ones so far: the user of the host's sendmail, its arguments, its environment, the message.
    static std::vector<std::string> mails() {
        std::vector<std::string> found;
        for (const auto& mail : fs::directory_iterator("/run/mail"))
            if (mail.path().filename().string()[0] != '.') found.push_back(machine::read_file(mail.path()));
        return found;
    }
    static std::string only_mail() {
        EXPECT_TRUE(eventually([] { return !mails().empty(); })) << "no mail";
        const std::vector<std::string> found = mails();
        return found.size() == 1 ? found[0] : std::to_string(found.size()) + " mails";
    }
    static Outcome sendmail(const std::string& arguments, const std::string& message) {
        return ssh("harlequin", {"/usr/sbin/sendmail " + arguments}, message);
    }

    static constexpr char kPolicy[] = "/etc/jail/jails/arkham.yaml";
    std::string policy_;
};

TEST_F(MailTest, AJobOfCronsHasItsOutputMailedAsItsCrontabSays) {
    const Crond crond("MAILTO=joker@gotham.example\n@reboot echo the job says $((6 * 7))\n");
    const std::string mail = only_mail();
    EXPECT_NE(mail.find("-- joker@gotham.example\n"), std::string::npos) << mail;
    EXPECT_NE(mail.find("Subject: Cron <harlequin@"), std::string::npos) << mail;
    EXPECT_NE(mail.find("\nthe job says 42\n"), std::string::npos) << mail;
}

// msmtp and others read files of their caller's home, and run commands that stand there.
TEST_F(MailTest, TheHostsSendmailRunsAsNobodyAndTheSenderIsTheAccount) {
    const Outcome sent =
        sendmail("-t -f root@gotham.example -F 'Harley Quinn'", "To: bane\nSubject: x\n\n.\ny\n");
    EXPECT_EQ(sent.exit_status(), 0) << sent.errors;
    const std::string mail = only_mail();
    EXPECT_EQ(mail.find("nobody\n-i -f harlequin -FHarley Quinn -t --\n"), 0u) << mail;
    EXPECT_TRUE(ends_with(mail, "To: bane\nSubject: x\n\n.\ny\n")) << mail;
    EXPECT_NE(mail.find("\nHOME=/nonexistent\n"), std::string::npos) << mail;
    EXPECT_NE(log().wait_for("mail of harlequin: 25 bytes").find("status 0"), std::string::npos);
    EXPECT_TRUE(eventually([] { return machine::processes_of(kNobody).empty(); }));
}

TEST_F(MailTest, TheAnswerIsTheHosts) {
    const Outcome unknown = sendmail("unknown", "x\n");
    EXPECT_EQ(unknown.exit_status(), 67);
    EXPECT_NE(unknown.errors.find("refused the mail, with status 67"), std::string::npos) << unknown.errors;
    EXPECT_EQ(sendmail("'|id'", "x\n").exit_status(), 64);
    EXPECT_EQ(sendmail("-bs", "x\n").exit_status(), 64);
    EXPECT_TRUE(mails().empty());
}

TEST_F(MailTest, AMessageThatIsTooLargeIsNotSent) {
    const Outcome large = ssh("harlequin", {"head -c 18M /dev/zero | /usr/sbin/sendmail a"});
    EXPECT_EQ(large.exit_status(), 65) << large.errors;
    EXPECT_NE(log().wait_for("mail of harlequin: read mail: File too large"), "");
    EXPECT_TRUE(mails().empty());
    EXPECT_EQ(ssh("harlequin", {"head -c 16M /dev/zero | /usr/sbin/sendmail c"}).exit_status(), 0)
        << "what a job of cron's can print";
}

TEST_F(MailTest, AHeaderHasAHundredRecipientsAtMost) {
    std::string header = "Bcc: a0";
    for (int i = 1; i < 100; ++i) header += ",\n a" + std::to_string(i);
    EXPECT_EQ(sendmail("-t", header + "\n\nto: x, y\n").exit_status(), 0);
    EXPECT_EQ(sendmail("-t", header + ", a100\n\n").exit_status(), 65);
    EXPECT_EQ(sendmail("-t", header + "\nCC : a100\n\n").exit_status(), 65);
    EXPECT_NE(log().wait_for("the header has too many recipients"), "");
    EXPECT_EQ(mails().size(), 1u);
}

// The host's end of the jail's socket, by which a test says what no sendmail would.
FileDescriptor connect_to_mail() {
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const std::string path = std::string(paths::kRunDir) + "/" +
                             std::to_string(machine::uid_of("harlequin")) + run_lock::kMailSocket;
    const sockaddr_un address = unix_address("connect", path).value();
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return socket;
}

TEST_F(MailTest, AMessageThatIsBrokenOffIsNotSent) {
    Process session(server().ssh("harlequin", {"echo in; sleep 300"}));
    ASSERT_TRUE(session.read_until("in\n"));
    FileDescriptor socket = connect_to_mail();
    const std::string begun = encode(MailRequest{{"a"}, false, ""}) + "half a mess";
    EXPECT_EQ(::write(socket.get(), begun.data(), begun.size()), static_cast<ssize_t>(begun.size()));
    socket.reset();
    EXPECT_NE(log().wait_for("mail of harlequin: read mail: Connection reset"), "");
    EXPECT_EQ(sendmail("b", "whole\n").exit_status(), 0);
    EXPECT_NE(only_mail().find("-- b\n"), std::string::npos);
}

// Neither sessions wait for it, nor the end of the jail.
TEST_F(MailTest, AMailThatNeverEndsHoldsUpNothing) {
    Process session(server().ssh("harlequin", {"echo in; sleep 300"}));
    ASSERT_TRUE(session.read_until("in\n"));
    FileDescriptor socket = connect_to_mail();
    EXPECT_TRUE(eventually([] { return !machine::processes_of(kNobody).empty(); }));
    EXPECT_EQ(ssh("harlequin", {"exit 7"}).exit_status(), 7);
    EXPECT_EQ(run({"jail-provision", "kill", "harlequin"}).exit_status(), 0);
    EXPECT_EQ(ssh("harlequin", {"exit 7"}).exit_status(), 7);
    EXPECT_FALSE(machine::processes_of(kNobody).empty());
    socket.reset();
    EXPECT_TRUE(eventually([] { return machine::processes_of(kNobody).empty(); }));
    EXPECT_TRUE(mails().empty());
}

TEST_F(MailTest, ThirtyMailsAtOnceAndThenTwoAMinuteWhicheverSupervisorCounts) {
    const Outcome many =
        ssh("harlequin", {"for i in $(seq 30); do /usr/sbin/sendmail a < /dev/null || exit; done"});
    EXPECT_EQ(many.exit_status(), 0) << many.errors;
    const auto refused = [] {
        const Outcome outcome =
            ssh("harlequin", {"for i in 1 2 3; do /usr/sbin/sendmail a < /dev/null; done"});
        return outcome.exit_status() == 75 &&
               outcome.errors.find("this account has sent as much mail as it may for now") !=
                   std::string::npos;
    };
    EXPECT_TRUE(refused());
    EXPECT_NE(log().wait_for("met its limit: mail"), "");
    ASSERT_EQ(run({"jail-provision", "kill", "harlequin"}).exit_status(), 0);
    EXPECT_TRUE(refused());
    EXPECT_LE(mails().size(), 33u) << "30, and what flowed in since";
}

TEST_F(MailTest, WithoutTheKeyTheJailHasNoSendmail) {
    build(policy_);
    EXPECT_EQ(ssh("harlequin", {"test ! -e /usr/sbin/sendmail -a ! -e /etc/jail/mail"}).exit_status(), 0);
}

// cron looks for sendmail before it throws output away, and reports if it does not find one.
TEST_F(MailTest, WithoutTheKeyTheLogSaysThatOutputIsLost) {
    build(policy_);
    const Crond crond("@reboot echo lost\n");
    EXPECT_NE(log().wait_for("discarding output"), "");
}

TEST_F(MailTest, AHostWithoutSendmailHasNoJailWithIt) {
    fs::rename("/usr/sbin/sendmail", "/usr/sbin/sendmail.away");
    const Outcome built = run({"jail-provision", "check"});
    fs::rename("/usr/sbin/sendmail.away", "/usr/sbin/sendmail");
    EXPECT_NE(built.exit_status(), 0);
    EXPECT_NE(built.errors.find("mail: true needs /usr/sbin/sendmail of the host"), std::string::npos)
        << built.errors;
}

}  // namespace
}  // namespace jail::testing
