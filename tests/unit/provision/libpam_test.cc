// SPDX-License-Identifier: Apache-2.0
// The same of libpam itself: provision's reading of a service, and its verdict, are what libpam would do.
#include <security/pam_appl.h>

#include <random>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "pam_services.h"

namespace jail::provision::pam {
namespace {

namespace fs = std::filesystem;

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
#ifdef __SANITIZE_ADDRESS__
        const __lsan::ScopedDisabler forgiving;  // pam_start() of libpam 1.5 leaks when it refuses a file
#endif
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

// A dash before a line's type: a missing module is not logged; it refuses all the same.
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
                             "# x \\\nsession required M",
                             "session required M \\ # x\nsession requisite M",
                             "session required M # x \\\nsession requisite M",
                             "session required \\\n \\\n  M",
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

// libpam 1.5 (Debian 12) leaves out a comment or a blank line amid a continued line, and breaks lines of more
// than 1022 bytes; to 1.7 (Debian 13) the former end the line, and no line is too long. A service that one of
// them opens is reported, whichever is here.
TEST_F(LibpamTest, LinesThatVersionsReadDifferentlyAreReportedByBoth) {
    constexpr bool is_newer = __LINUX_PAM_MINOR__ >= 7;
    write("other", "session required pam_deny.so\n");
    const std::string any = " " + directory_ + "/pam_any.so open_session=success";
    const std::string deny = " " + directory_ + "/pam_any.so open_session=session_err";
    struct Case {
        std::string text;
        bool older_opens, newer_opens;
    };
    for (const Case& one : {
             Case{"session required \\\n# amid\n" + any, true, false},
             Case{"session required \\\n \t\n" + any, true, false},
             Case{"session required" + any + " \\\n# amid\nsession required" + deny, true, false},
             Case{"session required" + any + " \\\n\nsession required" + deny, true, false},
             Case{"session required" + any + "\nsession required" + deny + "\\\n\nsession optional" + any,
                  false, false},
             Case{"session sufficient \\\n#\n" + any + "\nsession required" + deny, true, false},
             Case{"session optional \\\n#\nsession sufficient" + any, false, true},
             Case{"auth required \\\n# amid\nsession sufficient" + any, false, true},
             Case{"session required" + any + " \\\n# amid", false, true},
             Case{"#" + std::string(1022, 'x') + "session sufficient" + any + "\nsession required" + deny,
                  true, false},
             Case{"session required" + any + std::string(1022, ' ') + "\nsession required" + deny, false,
                  false},
             Case{"session required" + std::string(1022, ' ') + any, false, true},
         }) {
        write("door", one.text + "\n");
        EXPECT_EQ(lets_in(), is_newer ? one.newer_opens : one.older_opens) << one.text;
        const std::string found = faults(one.text + "\n");
        EXPECT_TRUE(found.starts_with("unclear")) << one.text << "\n" << found;
    }
}

}  // namespace
}  // namespace jail::provision::pam
