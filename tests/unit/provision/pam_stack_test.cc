// What is made of PAM services: their stacks as libpam puts them together, and whether each confines. The
// table has the shapes that distributions and administrators write; the last test asks libpam itself.
#include "provision/pam_stack.h"

#include <gtest/gtest.h>
#include <security/pam_appl.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "provision/pam_verdict.h"

namespace jail::provision::pam {
namespace {

namespace fs = std::filesystem;

class PamStackTest : public testing::Test {
protected:
    void SetUp() override {
        directory_ = fs::temp_directory_path() / ("pam-" + std::to_string(::getpid()));
        fs::create_directories(directory_ + "/etc");
        fs::create_directories(directory_ + "/usr");
        write("jail", "account required pam_jail.so\nsession required pam_jail.so\n");
    }
    void TearDown() override { fs::remove_all(directory_); }

    void write(const std::string& name, const std::string& text, const std::string& where = "/etc/") {
        std::ofstream(directory_ + where + name) << text;
    }
    Directories directories() const { return {directory_ + "/etc", directory_ + "/usr"}; }

    // "order skipped": what is wrong with the session stack of this text.
    std::string faults(const std::string& text, Phase phase = Phase::kSession) {
        write("door", text);
        const auto stack = read_stack(directories(), "door", phase);
        if (!stack) return "unreadable";
        std::string names;
        for (const Finding& finding : judge(stack.value(), phase).findings) {
            static constexpr const char* kNames[] = {"missing", "control", "skipped", "order"};
            names += (names.empty() ? "" : " ") + std::string(kNames[static_cast<int>(finding.fault)]);
        }
        return names;
    }
    std::string modules(const std::string& text, Phase phase = Phase::kSession) {
        write("door", text);
        const auto stack = read_stack(directories(), "door", phase);
        if (!stack) return "unreadable";
        std::string names;
        for (const Entry& entry : stack.value().entries)
            names += (names.empty() ? "" : " ") + (entry.kind == Entry::Kind::kModule     ? entry.module
                                                   : entry.kind == Entry::Kind::kSubstack ? "{"
                                                                                          : "fails");
        return names;
    }

    std::string directory_;
};

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
    EXPECT_EQ(modules("session [success=ok \\\n  default=ignore] \\\n# amid\n pam_a.so arg\n"), "pam_a.so");
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

TEST_F(PamStackTest, TheEntryAtFaultIsNamed) {
    write("door", std::string("session required pam_a.so\nsession  sufficient\tpam_b.so x\n") + kJail);
    const Verdict verdict =
        judge(read_stack(directories(), "door", Phase::kSession).value(), Phase::kSession);
    ASSERT_EQ(verdict.findings.size(), 1u);
    EXPECT_EQ(verdict.findings[0].at, directory_ + "/etc/door:2");
    EXPECT_EQ(verdict.findings[0].entry, "sufficient pam_b.so");
}

// libpam's own dispatcher, with modules that answer as they are told (pam_debug): a stack is open by its
// verdict exactly when some answers of the others let somebody in though pam_jail refuses.
class LibpamTest : public PamStackTest {
protected:
    static constexpr char kDebug[] = "/usr/lib/x86_64-linux-gnu/security/pam_debug.so";
    static constexpr const char* kAnswers[] = {"success", "session_err", "ignore"};

    void SetUp() override {
        PamStackTest::SetUp();
        if (!fs::exists(kDebug)) FAIL() << "libpam-modules is not installed";
        fs::copy_file(kDebug, directory_ + "/pam_jail.so");
        fs::copy_file(kDebug, directory_ + "/pam_any.so");
    }

    std::string random_control() {
        static constexpr const char* kControls[] = {"required",
                                                    "requisite",
                                                    "optional",
                                                    "sufficient",
                                                    "[default=1]",
                                                    "[success=1 default=ignore]",
                                                    "[success=2 default=bad]",
                                                    "[success=done default=die]",
                                                    "[ignore=ok default=ignore]",
                                                    "[success=ok ignore=die default=done]",
                                                    "[success=ignore default=ok]"};
        return kControls[random_() % std::size(kControls)];
    }

    // libpam 1.5 looks for included files in /etc/pam.d whatever directory a service has: by its path.
    // A stack with %N for the answer of its N-th module, and %J for pam_jail's; its last lines may be a
    // substack's.
    std::string random_stack(int modules) {
        const int jail = static_cast<int>(random_() % static_cast<unsigned>(modules + 1));
        const int substack = static_cast<int>(random_() % static_cast<unsigned>(modules + 2));
        std::string text, inner;
        for (int i = 0; i <= modules; ++i) {
            const bool is_jail = i == jail;
            const std::string control = is_jail && random_() % 2 ? "required" : random_control();
            (i >= substack ? inner : text) += "session " + control + " " + directory_ +
                                              (is_jail ? "/pam_jail.so" : "/pam_any.so") + " open_session=%" +
                                              (is_jail ? "J" : std::to_string(i)) + "\n";
        }
        inner_ = inner;
        return text + (inner.empty() ? "" : "session substack " + directory_ + "/etc/inner\n");
    }

    static std::string with(std::string text, const std::string& key, const std::string& value) {
        for (std::size_t at; (at = text.find(key)) != std::string::npos;) text.replace(at, key.size(), value);
        return text;
    }

    static int ask(int, const pam_message**, pam_response**, void*) { return PAM_CONV_ERR; }

    bool lets_in() const {
        const pam_conv conversation = {&ask, nullptr};
        pam_handle_t* handle = nullptr;
        if (::pam_start_confdir("door", "root", &conversation, (directory_ + "/etc").c_str(), &handle) != 0)
            return false;
        const int result = ::pam_open_session(handle, PAM_SILENT);
        ::pam_end(handle, result);
        return result == PAM_SUCCESS;
    }

    bool some_answers_let_in(const std::string& text, int modules) {
        int combinations = 1;
        for (int i = 0; i <= modules; ++i) combinations *= 3;
        for (int combination = 0; combination < combinations; ++combination) {
            std::string outer = with(text, "%J", "session_err"), inner = with(inner_, "%J", "session_err");
            for (int i = 0, rest = combination; i <= modules; ++i, rest /= 3) {
                outer = with(outer, "%" + std::to_string(i), kAnswers[rest % 3]);
                inner = with(inner, "%" + std::to_string(i), kAnswers[rest % 3]);
            }
            write("door", outer);
            write("inner", inner);
            if (lets_in()) return true;
        }
        return false;
    }

    std::mt19937 random_{20261130};
    std::string inner_;
};

TEST_F(LibpamTest, TheVerdictIsWhatLibpamWouldDo) {
    write("other", "session required pam_deny.so\n");
    int open = 0, closed = 0;
    for (int round = 0; round < 60; ++round) {
        const int modules = 1 + static_cast<int>(random_() % 3);
        const std::string text = random_stack(modules);
        write("inner", inner_);
        const std::string found = faults(text);
        const bool says_open =
            found.find("control") != std::string::npos || found.find("skipped") != std::string::npos;
        EXPECT_EQ(says_open, some_answers_let_in(text, modules)) << text << "inner:\n" << inner_ << found;
        ++(says_open ? open : closed);
    }
    EXPECT_GT(open, 10);
    EXPECT_GT(closed, 10);
}

// What the dash of a line means: nothing is logged of a module that is missing; it refuses all the same.
TEST_F(LibpamTest, ARequiredModuleThatIsMissingLetsNobodyInWithADashNeither) {
    write("other", "session required pam_deny.so\n");
    const std::string any = "session required " + directory_ + "/pam_any.so open_session=success\n";
    write("door", any + "-session optional /nonexistent/pam_jail.so\n");
    EXPECT_TRUE(lets_in());
    for (const char* dash : {"", "-"}) {
        write("door", any + dash + "session required /nonexistent/pam_jail.so\n");
        EXPECT_FALSE(lets_in()) << dash;
    }
}

TEST_F(LibpamTest, AnIncludeIsOneInAnyCase) {
    write("other", "session required pam_deny.so\n");
    write("deny", "session required pam_deny.so\n");
    write("permit", "session required pam_permit.so\n");
    for (const char* word : {"@include", "@Include", "@INCLUDE"})
        for (const char* name : {"deny", "permit"}) {
            write("door", std::string(word) + " " + directory_ + "/etc/" + name + "\n");
            EXPECT_EQ(lets_in(), std::string(name) == "permit") << word;
            EXPECT_EQ(modules(std::string(word) + " " + name + "\n"), std::string("pam_") + name + ".so");
        }
}

TEST_F(LibpamTest, OddLinesMeanWhatTheyMeanToLibpam) {
    write("other", "session required pam_deny.so\n");
    for (const char* line : {"session required M",
                             "SESSION Required\tM",
                             "session required M # x",
                             "session required # M",
                             "session req\\\nuired M",
                             "session required \\\n  M",
                             "session required \\\n# amid\n  M",
                             "# x \\\nsession required M",
                             "session required M \\",
                             "session [success=ok] M",
                             "session [success=ok]M",
                             "session [success=ok M",
                             "session [success=OK] M",
                             "session [SUCCESS=ok] M",
                             "session [sucess=ok] M",
                             "session [success = ok] M",
                             "session [success=ok,default=bad] M",
                             "session [default=0] M",
                             "session [success=1x default=bad] M\nsession required M",
                             "session [success=01 default=bad] M\nsession required M",
                             "session [success=-1 default=bad] M",
                             "session [] M",
                             "session [default=ok default=bad] M",
                             "session [success=okdefault=bad] M",
                             "session [success=okay] M",
                             "session [default=ok] M",
                             "session [ignore=ok] M",
                             "session [ignore=done] M",
                             "session [success=ok success=bad] M",
                             "session [default=ok success=bad] M",
                             "session [success=reset] M\nsession required M",
                             "session success=ok M",
                             "session foo M",
                             "session M",
                             "session",
                             "session required",
                             "sesion required M\nsession required M",
                             "session include nosuch",
                             "session required M\nsession include nosuch",
                             "session required M\nsession substack nosuch",
                             "session required M\n@include nosuch",

                             "session required M\n@Include nosuch",
                             "-session optional /nonexistent/pam_x.so\nsession required M",
                             "session optional M",
                             "session sufficient M",
                             "session optional M\nsession optional M",
                             "session [success=1 default=ignore] M",
                             "session required M\nsession [default=1] M",
                             "session requisite M\nsession sufficient M"}) {
        inner_.clear();
        const std::string text =
            with(std::string(line) + "\n", " M", " " + directory_ + "/pam_any.so open_session=%0");
        const std::string tabbed = with(text, "\tM", "\t" + directory_ + "/pam_any.so open_session=%0");
        const std::string whole = with(tabbed, "]M", "]" + directory_ + "/pam_any.so open_session=%0");
        const bool says_open = faults(whole) == "missing";
        EXPECT_EQ(says_open, some_answers_let_in(whole, 0)) << line << "\n" << faults(whole);
    }
}

}  // namespace
}  // namespace jail::provision::pam
