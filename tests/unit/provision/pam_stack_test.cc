// SPDX-License-Identifier: Apache-2.0
// provision's reading of PAM services: their stacks as libpam puts them together, and whether each confines.
// The table has the shapes that distributions and administrators write; libpam_test.cc asks libpam itself.
#include "pam_services.h"

namespace jail::provision::pam {
namespace {

namespace fs = std::filesystem;

constexpr char kJail[] = "session required pam_jail.so\n";

TEST_F(PamStackTest, IncludesOfEveryKindAreFlattenedByType) {
    write("common", "auth required pam_a.so\naccount required pam_b.so\nsession optional pam_c.so\n");
    EXPECT_EQ(modules("@include common\nsession required pam_d.so\n"), "pam_c.so pam_d.so");
    EXPECT_EQ(modules("session include common\n"), "pam_c.so");
    EXPECT_EQ(modules("session substack common\nsession required pam_d.so\n"), "{ pam_c.so pam_d.so");
    EXPECT_EQ(modules("account include common\n"), "");
    EXPECT_EQ(modules("@include common\n", Phase::kAccount), "pam_b.so");
    EXPECT_EQ(modules("-session optional pam_systemd.so\nSESSION Required pam_d.so\n"),
              "pam_systemd.so pam_d.so");
}

TEST_F(PamStackTest, LinesAreReadAsLibpamReadsThem) {
    EXPECT_EQ(modules("# session required pam_a.so\n\n  session\trequired  /lib/security/pam_b.so x=y # z\n"),
              "pam_b.so");
    EXPECT_EQ(modules("session [success=ok \\\n  default=ignore] \\\n pam_a.so arg\n"), "pam_a.so");
    EXPECT_EQ(modules("session optional pam_a.so \\ # x\nsession required pam_b.so\n"), "pam_a.so pam_b.so")
        << "a backslash before a comment is a word";
    EXPECT_EQ(modules("session [a\\]b=ok] pam_a.so\n"), "pam_a.so");
    EXPECT_EQ(modules("session required\nsession\n"), "fails fails");
    EXPECT_EQ(modules("session include nosuch\n"), "fails");
    EXPECT_EQ(modules("sesion required pam_a.so\n"), "") << "libpam takes it for auth";
    write("typo", "sesion required pam_a.so\n");
    EXPECT_EQ(modules("session include typo\n"), "fails");
    EXPECT_EQ(modules("@include nosuch\n"), "unreadable");
    EXPECT_EQ(modules("@include\n"), "unreadable");
}

TEST_F(PamStackTest, WhatIncludesItselfEnds) {
    write("a", "session include b\nsession include b\n");
    write("b", "session include a\nsession include a\n");
    EXPECT_EQ(modules("@include a\n"), "unreadable");
    write("self", "@include self\n");
    EXPECT_EQ(modules("@include self\n"), "unreadable");
}

TEST_F(PamStackTest, TheAdministratorsFileComesBeforeThePackages) {
    write("vendor", kJail, "/usr/");
    EXPECT_EQ(file_of(directories(), "vendor").value(), directory_ + "/usr/vendor");
    write("vendor", "session required pam_a.so\n");
    EXPECT_EQ(file_of(directories(), "vendor").value(), directory_ + "/etc/vendor");
    fs::create_symlink(directory_ + "/usr/vendor", directory_ + "/etc/link");
    EXPECT_TRUE(read_stack(directories(), "link", Phase::kSession)) << "distributions have links";
}

TEST_F(PamStackTest, AServiceWithoutAStackHasThatOfOther) {
    write("other", "session required pam_other.so\n");
    EXPECT_EQ(modules("auth required pam_a.so\n"), "pam_other.so");
    EXPECT_EQ(modules("session required pam_a.so\n"), "pam_a.so");
}

TEST_F(PamStackTest, ASessionStackIsJudged) {
    const struct {
        const char* name;
        std::string text, faults;
    } kCases[] = {
        {"as README says", "session required pam_a.so\n@include jail\n", ""},
        {"alone", kJail, ""},
        {"requisite", "session requisite pam_jail.so\n", ""},
        {"by a path", "session required /usr/lib/x86_64-linux-gnu/security/pam_jail.so\n", ""},
        {"in brackets", "session [success=ok new_authtok_reqd=ok ignore=ignore default=die] pam_jail.so\n",
         ""},
        {"twice", std::string(kJail) + kJail, ""},
        {"with a dash", "-session required pam_jail.so\n", ""},
        {"in a substack", "session substack jail\n", ""},
        {"missing", "session required pam_a.so\n", "missing"},
        {"nobody gets in", "session required pam_deny.so\n", ""},
        {"in another phase", "session required pam_a.so\naccount required pam_jail.so\n", "missing"},
        {"in a comment", "session required pam_a.so\n# session required pam_jail.so\n", "missing"},
        {"another's name", "session required pam_jail.so.old\nsession required xpam_jail.so\n", "missing"},
        {"optional", "session required pam_a.so\nsession optional pam_jail.so\n", "control"},
        {"alone it is required, whatever is written", "session optional pam_jail.so\n", ""},
        {"sufficient", "session required pam_a.so\nsession sufficient pam_jail.so\n", "control"},
        {"ignored in brackets",
         "session required pam_a.so\nsession [success=ok default=ignore] pam_jail.so\n", "control"},
        {"one refusal is ignored",
         "session required pam_a.so\nsession [success=ok session_err=ignore default=bad] pam_jail.so\n",
         "control"},
        {"brackets that cannot be read refuse",
         "session required pam_a.so\nsession [sucess=ok] pam_jail.so\n", ""},
        {"sufficient before", std::string("session sufficient pam_a.so\n") + kJail, "skipped"},
        {"done before", std::string("session [success=done default=ignore] pam_a.so\n") + kJail, "skipped"},
        {"a jump over it",
         std::string("session required pam_b.so\nsession [success=1 default=ignore] pam_a.so\n") + kJail +
             "session required pam_c.so\n",
         "skipped order"},
        {"a jump to it",
         std::string("session [success=1 default=ignore] pam_a.so\nsession requisite pam_deny.so\n") + kJail,
         ""},
        {"a jump beyond the end fails",
         std::string("session required pam_b.so\nsession [default=9] pam_a.so\n") + kJail, ""},
        {"the last entry is jumped over",
         std::string("session required pam_b.so\nsession [default=1] pam_a.so\n") + kJail, "skipped"},
        {"reset after it",
         std::string(kJail) + "session [default=reset] pam_a.so\nsession required pam_permit.so\n",
         "control order"},
        {"after it", std::string(kJail) + "session optional pam_mail.so\n", "order"},
        {"between two", std::string(kJail) + "session optional pam_mail.so\n" + kJail, "order"},
    };
    for (const auto& one : kCases) EXPECT_EQ(faults(one.text), one.faults) << one.name;
}

TEST_F(PamStackTest, ASubstackBoundsWhatEndsAStack) {
    write("local", "session sufficient pam_local.so\nsession required pam_a.so\n");
    EXPECT_EQ(faults(std::string("session include local\n") + kJail), "skipped");
    EXPECT_EQ(faults(std::string("@include local\n") + kJail), "skipped");
    EXPECT_EQ(faults(std::string("session substack local\n") + kJail), "");
    write("inside", std::string("session sufficient pam_local.so\n") + kJail);
    EXPECT_EQ(faults("session substack inside\n"), "skipped");
    // A substack is one entry to a jump.
    EXPECT_EQ(faults("session required pam_b.so\nsession [success=1 default=ignore] pam_a.so\n"
                     "session substack jail\n"),
              "skipped");
}

// As Debian's pam-auth-update and the authselect of others write them.
TEST_F(PamStackTest, StocksStacksLeadToTheirEnd) {
    write("common-session",
          "session [default=1] pam_permit.so\nsession requisite pam_deny.so\nsession required pam_permit.so\n"
          "session required pam_unix.so\nsession optional pam_systemd.so\n");
    write("common-account",
          "account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so\naccount requisite "
          "pam_deny.so\n"
          "account required pam_permit.so\n");
    write(
        "password-auth",
        "account required pam_unix.so\naccount sufficient pam_localuser.so\naccount required pam_permit.so\n"
        "session optional pam_keyinit.so revoke\n"
        "session [success=1 default=ignore] pam_succeed_if.so service in crond quiet use_uid\n"
        "session required pam_unix.so\n");
    write("postlogin",
          "session optional pam_umask.so silent\n"
          "session [success=1 default=ignore] pam_succeed_if.so service !~ gdm* quiet\n"
          "session [default=1] pam_lastlog.so nowtmp\nsession optional pam_lastlog.so silent\n");
    const std::string debian = "@include common-account\n@include common-session\n@include jail\n";
    EXPECT_EQ(faults(debian), "");
    EXPECT_EQ(faults(debian, Phase::kAccount), "");
    const std::string fedora =
        "account include password-auth\nsession include password-auth\nsession include postlogin\n"
        "account required pam_jail.so\nsession required pam_jail.so\n";
    EXPECT_EQ(faults(fedora), "");
    EXPECT_EQ(faults(fedora, Phase::kAccount), "skipped") << "pam_localuser ends it for local accounts";
}

TEST_F(PamStackTest, AnAccountStackMayGoOnAfterPamJail) {
    EXPECT_EQ(faults("account required pam_jail.so\naccount required pam_a.so\n", Phase::kAccount), "");
    EXPECT_EQ(faults("account required pam_a.so\n", Phase::kAccount), "missing");
    EXPECT_EQ(faults("account required pam_a.so\naccount optional pam_jail.so\n", Phase::kAccount),
              "control");
}

// libpam_test.cc has what each version makes of such lines.
TEST_F(PamStackTest, ALineThatVersionsOfLibpamReadDifferentlyIsOneFault) {
    for (const std::string& line :
         {std::string("session required \\\n# amid\n pam_a.so\n"),
          std::string("session required pam_a.so \\\n\n x=y\n"),
          std::string("auth required \\\n\t\n pam_a.so\n"), "# " + std::string(1021, 'x') + "\n",
          "session required \\\n" + std::string(1005, ' ') + "pam_a.so\n"}) {
        EXPECT_EQ(faults(line + kJail), "unclear") << line;
        EXPECT_EQ(faults("account include part\n" + line + "account required pam_jail.so\n", Phase::kAccount),
                  "unclear")
            << line;
    }
    for (const std::string& line : {"# " + std::string(1020, 'x') + "\n", std::string("\n# x\n\n"),
                                    std::string("session required \\\n \\\n pam_a.so\n")})
        EXPECT_EQ(faults(line + kJail), "") << line;
    write("other", kJail);
    EXPECT_EQ(faults("auth required \\\n# amid\nsession optional pam_a.so\n"), "unclear")
        << "a session line to one of them, else other's stack";
    write("door", std::string(kJail) + "session required \\\n# amid\n pam_jail.so\n");
    const Verdict verdict =
        judge(read_stack(directories(), "door", Phase::kSession).value(), Phase::kSession);
    ASSERT_EQ(verdict.findings.size(), 1u);
    EXPECT_EQ(verdict.findings[0].at, directory_ + "/etc/door:3");
}

TEST_F(PamStackTest, TheEntryAtFaultIsNamed) {
    write("door", std::string("session required pam_a.so\nsession  sufficient\tpam_b.so x\n") + kJail);
    const Verdict verdict =
        judge(read_stack(directories(), "door", Phase::kSession).value(), Phase::kSession);
    ASSERT_EQ(verdict.findings.size(), 1u);
    EXPECT_EQ(verdict.findings[0].at, directory_ + "/etc/door:2");
    EXPECT_EQ(verdict.findings[0].entry, "sufficient pam_b.so");
}

}  // namespace
}  // namespace jail::provision::pam
