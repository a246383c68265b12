// SPDX-License-Identifier: Apache-2.0
// pam_jail under valgrind(1), in the process that sshd, su and cron lend it: no invalid access, no use of
// uninitialised memory, no leak, no open descriptor left. The programs that it starts are not under valgrind:
// the supervisor's calls are newer than valgrind 3.19, and jailshell cannot be read, which valgrind would
// have to.
#include <signal.h>
#include <sys/wait.h>

#include <filesystem>

#include "pam_fixture.h"

namespace jail::testing {
namespace {

class ValgrindTest : public PamTest {
protected:
    static constexpr char kReport[] = "/run/valgrind.report";

    // The steps of one application; where its exit status is 1, PAM is to have said no. Once for memory and
    // once for descriptors: valgrind 3.24 counts inherited descriptors, and looks at its own, as errors.
    static void expect_clean(const std::string& service, const std::string& user,
                             const std::vector<std::string>& steps, int status = 0) {
        const std::string memory =
            report_of({"--leak-check=full", "--errors-for-leak-kinds=definite,indirect,possible"}, service,
                      user, steps, status);
        EXPECT_EQ(count(memory, "ERROR SUMMARY: 0 errors"), 1) << memory;
        const std::string open = report_of({"--track-fds=yes"}, service, user, steps, status);
        EXPECT_GT(count(open, "Open file descriptor "), 0) << open;  // its own report
        EXPECT_EQ(count(open, "Open file descriptor "), count(open, "<inherited from parent>")) << open;
    }

    static std::string report_of(const std::vector<std::string>& options, const std::string& service,
                                 const std::string& user, const std::vector<std::string>& steps, int status) {
        std::filesystem::remove(kReport);
        std::vector<std::string> command = {"/usr/bin/valgrind", "--vgdb=no", "--child-silent-after-fork=yes",
                                            std::string("--log-file=") + kReport};
        command.insert(command.end(), options.begin(), options.end());
        EXPECT_EQ(::setenv("LD_PRELOAD", JAIL_OLDER_CALLS, 1), 0);
        const Outcome outcome = pam_under(command, service, user, steps);
        EXPECT_EQ(::unsetenv("LD_PRELOAD"), 0);
        const std::string report = read_file(kReport);
        EXPECT_EQ(outcome.status, status << 8) << outcome.output << report;
        return report;
    }

    static int count(const std::string& text, const std::string& part) {
        int found = 0;
        for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
        return found;
    }
};

TEST_F(ValgrindTest, ALogin) {
    expect_clean("door", "harlequin", {"tty=pts/7", "rhost=gotham", "account", "open", "close"});
}

TEST_F(ValgrindTest, ALoginThatFindsTheJailUp) {
    const pid_t first = start_session(kHarlequin, "sleep 60");
    ASSERT_TRUE(eventually([] { return supervisor_of(kHarlequin) != 0; }));
    expect_clean("door", "harlequin", {"account", "open", "open"});
    signal_to(first, SIGKILL);
    ASSERT_EQ(::waitpid(first, nullptr, 0), first);
}

TEST_F(ValgrindTest, ALoginIntoNoJail) {
    expect_clean("mixed", "daemon", {"account", "open", "close"});
}

TEST_F(ValgrindTest, ARefusal) {
    service("wrong", "account required pam_jail.so debug\n");
    expect_clean("wrong", "harlequin", {"account"}, 1);
    expect_clean("mixed", "nobody-here", {"account"}, 1);
    manifest_.tree = std::string(manifest_.tree.size(), '0');  // a tree that does not exist
    publish();
    expect_clean("door", "harlequin", {"account"}, 1);
    expect_clean("door", "harlequin", {"open"}, 1);
}

TEST_F(ValgrindTest, ARefusalInside) {
    manifest_.seccomp = std::string(16, '\xff');  // the kernel refuses it, when the process is inside
    publish();
    expect_clean("door", "harlequin", {"account", "open"}, 1);
}

}  // namespace
}  // namespace jail::testing
