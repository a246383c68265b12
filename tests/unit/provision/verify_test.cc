// SPDX-License-Identifier: Apache-2.0
// What a verification makes of sshd's settings and of its client's lines, without a login.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "provision/probes/wire_report.h"
#include "provision/verify/policy_comparison.h"
#include "provision/verify/promised_refusals.h"
#include "provision/verify/sshd_config.h"
#include "provision/verify/ways.h"

namespace jail::provision {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kEffective[] =
    "port 22\nlistenaddress [::]:22\nusepam yes\npamservicename sshd\nciphers aes256-ctr\n"
    "authenticationmethods password\nauthorizedkeysfile .ssh/authorized_keys\ngssapiauthentication yes\n"
    "permitrootlogin no\nallowusers harlequin\nacceptenv LANG\nacceptenv LC_*\nforcecommand none\n"
    "chrootdirectory none\nsubsystem sftp /usr/lib/openssh/sftp-server -l INFO\nmaxsessions 10\n";

TEST(VerifySshdConfig, TheHostsSettingsStayButForWhereAndByWhichKeyOneLogsIn) {
    const std::string text =
        flat_config(read_effective_config(kEffective), {4022, "/run/x/host_key", "/run/x/keys", false});
    for (const char* kept : {"\nusepam yes\n", "\npamservicename sshd\n", "\nallowusers harlequin\n",
                             "\nacceptenv LC_*\n", "\nsubsystem sftp /usr/lib/openssh/sftp-server -l INFO\n",
                             "\nforcecommand none\n", "\nPermitRootLogin no\n", "\nmaxsessions 10\n"})
        EXPECT_THAT(text, HasSubstr(kept));
    for (const char* own : {"Port 4022\n", "\nListenAddress 127.0.0.1\n", "\nPidFile none\n",
                            "\nAuthorizedKeysFile /run/x/keys\n", "\nAuthenticationMethods publickey\n"})
        EXPECT_THAT(text, HasSubstr(own));
    for (const char* gone : {"port 22", "[::]", "ciphers", "password\n", ".ssh", "gssapi", "PerSource"})
        EXPECT_THAT(text, Not(HasSubstr(gone)));
}

TEST(VerifySshdConfig, TheAccountsKeyLetsRootInNeither) {
    const auto host = read_effective_config("permitrootlogin without-password\nusepam yes\n");
    const std::string text = flat_config(host, {4022, "/run/x/host_key", "/run/x/keys.%u", false});
    EXPECT_THAT(text, HasSubstr("\nPermitRootLogin no\n"));
    EXPECT_THAT(text, Not(HasSubstr("without-password")));
    EXPECT_THAT(text, HasSubstr("\nAuthorizedKeysFile /run/x/keys.%u\n"));
}

TEST(VerifySshdConfig, RootIsLetInForTheMeasuredLoginAlone) {
    const std::string text =
        flat_config(read_effective_config(kEffective), {4022, "/run/x/host_key", "/run/x/keys", true});
    EXPECT_THAT(text, HasSubstr("\nPermitRootLogin prohibit-password\nForceCommand /bin/true\n"
                                "DisableForwarding yes\nPermitTTY no\nPermitUserRC no\n"));
    for (const char* gone : {"permitrootlogin no", "allowusers", "forcecommand none"})
        EXPECT_THAT(text, Not(HasSubstr(gone)));
}

TEST(VerifySshdConfig, PenaltiesAreSwitchedOffWhereSshdKnowsThem) {
    const auto config = read_effective_config("persourcepenalties crash:90 authfail:5\nusepam yes\n");
    EXPECT_THAT(flat_config(config, {}), HasSubstr("PerSourcePenalties no\n"));
    EXPECT_THAT(flat_config(config, {}), Not(HasSubstr("crash:90")));
    EXPECT_EQ(sftp_subsystem(config), "");
    EXPECT_EQ(value_of(config, "usepam"), "yes");
}

TEST(VerifyWireReport, LinesComeBackAsTheyWere) {
    for (const std::string_view way : wire_ways()) {
        std::string line = encode({std::string(way), Seen::kRefused, "no\tmore"});
        ASSERT_EQ(line.back(), '\n');
        line.pop_back();
        const auto report = decode_wire_report(line);
        ASSERT_TRUE(report) << line;
        EXPECT_EQ(report->way, way);
        EXPECT_EQ(report->seen, Seen::kRefused);
        EXPECT_EQ(report->detail, "no\\x09more");
    }
}

TEST(VerifyWireReport, NothingElseIsALine) {
    for (const char* line :
         {"", "exec", "exec\t", "exec\tfine\tx", "format\topen\t", "\topen\t", "exec open "})
        EXPECT_FALSE(decode_wire_report(line)) << line;
    const auto report = decode_wire_report("exec\topen\t\033[31m" + std::string(5000, 'x'));
    ASSERT_TRUE(report);
    EXPECT_LT(report->detail.size(), 400u);
    EXPECT_THAT(report->detail, Not(HasSubstr("\033")));
}

class VerifyWays : public ::testing::Test {
protected:
    RowState judge(const std::string& way, Seen seen, const std::string& detail = {}) const {
        const WaysPolicy policy{manifest_, config_, [](const char*) { return true; }};
        for (const Row& row : judge_ways(policy, {{way, seen, detail}}, "no login"))
            if (row.code == way) return row.state;
        ADD_FAILURE() << way;
        return RowState::kWrong;
    }
    Manifest manifest_;
    SshdConfig config_ = read_effective_config(kEffective);
};

constexpr char kPolicysWords[] = "jailshell: this account may transfer files by sftp, and nothing else";

TEST_F(VerifyWays, EachWayHasARow) {
    const Rows rows = judge_ways({manifest_, config_, [](const char*) { return true; }}, {}, "no login");
    ASSERT_EQ(rows.size(), wire_ways().size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(rows[i].code, wire_ways()[i]);
        EXPECT_EQ(rows[i].seen, "not tried: no login");
        EXPECT_NE(rows[i].state, RowState::kAsPolicy) << rows[i].code;
    }
}

TEST_F(VerifyWays, ARefusalIsOnlyAProofWhenItIsThePolicys) {
    manifest_.access = {false, true, false, false, false};
    for (const char* way : {"exec", "shell", "terminal", "scp-to", "scp-from", "rsync", "git"}) {
        EXPECT_EQ(judge(way, Seen::kRefused, kPolicysWords), RowState::kAsPolicy) << way;
        EXPECT_EQ(judge(way, Seen::kRefused, "sshd: no"), RowState::kUntried) << way;
        EXPECT_EQ(judge(way, Seen::kUntried), RowState::kUntried) << way;
        for (const Seen seen : {Seen::kInside, Seen::kOutside, Seen::kOpen, Seen::kAbsent})
            EXPECT_EQ(judge(way, seen), RowState::kWrong) << way;
    }
}

TEST_F(VerifyWays, AllowedWaysHaveToOpenInTheJail) {
    manifest_.access = {true, true, true, true, true};
    manifest_.sftp_server = "/usr/lib/openssh/sftp-server";
    for (const char* way : {"exec", "shell", "terminal", "sftp-subsystem", "sftp-command", "scp-to",
                            "scp-from", "rsync", "git"}) {
        EXPECT_EQ(judge(way, Seen::kInside), RowState::kAsPolicy) << way;
        EXPECT_EQ(judge(way, Seen::kOutside), RowState::kWrong) << way;
        EXPECT_EQ(judge(way, Seen::kRefused, kPolicysWords), RowState::kWrong) << way;
        EXPECT_EQ(judge(way, Seen::kAbsent), RowState::kWrong) << way << ", which is in the tree";
        EXPECT_EQ(judge(way, Seen::kUntried), RowState::kUntried) << way;
    }
    for (const char* way : {"exec", "shell", "terminal", "sftp-subsystem", "sftp-command", "scp-from"})
        EXPECT_EQ(judge(way, Seen::kOpen), RowState::kWrong) << way << " shows neither jail nor host";
}

TEST_F(VerifyWays, ForwardsToTheHostAreOpenByPolicyAlone) {
    for (const char* way : {"forward-host", "dynamic", "remote", "x11"}) {
        manifest_.network = Network::kNone;
        EXPECT_EQ(judge(way, Seen::kOutside), RowState::kWrong) << way;
        EXPECT_EQ(judge(way, Seen::kRefused), RowState::kAsPolicy) << way;
        manifest_.network = Network::kHost;
        EXPECT_EQ(judge(way, Seen::kOutside), RowState::kAsPolicy) << way;
    }
    for (const char* way : {"streamlocal", "agent"})
        EXPECT_EQ(judge(way, Seen::kOutside), RowState::kWrong) << way << ", whatever the network";
}

TEST_F(VerifyWays, InternalSftpIsJudgedByThePolicy) {
    config_ = read_effective_config("subsystem sftp internal-sftp -l INFO\n");
    manifest_.access = {true, false, false, false, false};
    EXPECT_EQ(judge("sftp-subsystem", Seen::kInside), RowState::kWrong) << "no jailshell refuses it";
    manifest_.access.sftp = true;
    EXPECT_EQ(judge("sftp-subsystem", Seen::kInside), RowState::kAsPolicy);
}

TEST_F(VerifyWays, VariablesArriveWhenSshdAndThePolicyLetThem) {
    manifest_.environment_pass = {"LC_*", "VERIFY_OTHER"};
    EXPECT_EQ(judge("environment", Seen::kOpen), RowState::kAsPolicy);
    EXPECT_EQ(judge("environment-other", Seen::kOpen), RowState::kWrong) << "sshd does not accept it";
    manifest_.environment_pass = {};
    EXPECT_EQ(judge("environment", Seen::kOpen), RowState::kWrong);
    EXPECT_EQ(judge("environment", Seen::kRefused), RowState::kAsPolicy);
}

TEST_F(VerifyWays, AForcedCommandIsNoProofOfAnything) {
    config_ = read_effective_config("forcecommand internal-sftp\n");
    manifest_.access = {true, true, false, false, false};
    EXPECT_EQ(judge("exec", Seen::kUntried), RowState::kNote);
    EXPECT_EQ(judge("exec", Seen::kOutside), RowState::kWrong);
}

TEST(VerifyPromises, TheFilterIsPromisedWhateverAManifestSays) {
    const auto names = [](const std::vector<PromisedRefusal>& promised) {
        std::vector<std::string> found;
        for (const PromisedRefusal& one : promised) found.push_back(one.name);
        return found;
    };
    const auto all = names(promised_refusals({}, false));
    for (const char* name : {"unshare", "mount", "bpf", "io_uring_setup", "ptrace", "keyctl", "memfd_create"})
        EXPECT_THAT(all, Contains(name));
    EXPECT_THAT(all, Not(Contains("prctl"))) << "of some uses alone";
    const auto fewer = names(promised_refusals({"debug", "keyctl", "mounts"}, true));
    for (const char* name : {"ptrace", "keyctl", "memfd_create"}) EXPECT_THAT(fewer, Not(Contains(name)));
    for (const char* name : {"mount", "add_key"}) EXPECT_THAT(fewer, Contains(name));
}

TEST(VerifyPolicy, EveryKeyThatDiffersIsNamed) {
    Manifest one, other;
    EXPECT_TRUE(differing_keys(one, other).empty());
    other.tree = "x";
    other.generation = 7;
    EXPECT_TRUE(differing_keys(one, other).empty());
    other.seccomp = "x";
    other.network = Network::kHost;
    other.limits.tasks = 7;
    other.access.scp = true;
    other.mounts.push_back({"/a", "/b", true, false});
    EXPECT_THAT(differing_keys(one, other),
                ElementsAre("access", "mounts", "syscalls", "network.mode", "limits.tasks"));
}

}  // namespace
}  // namespace jail::provision
