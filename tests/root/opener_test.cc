// SPDX-License-Identifier: Apache-2.0
// Attempts of an account inside on root's process that opened its session, and on sshd's first process
// inside.
#include <fcntl.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "jail_fixture.h"
#include "libjail/events/audit_log.h"
#include "libjail/policy/paths.h"

namespace jail::testing {
namespace {

class OpenerTest : public JailTest {
protected:
    static std::string of(pid_t pid, const std::string& name) {
        std::string text = read_file("/proc/" + std::to_string(pid) + "/" + name);
        return text.substr(0, text.find('\n'));
    }
    static bool lives(pid_t pid) { return ::kill(pid, 0) == 0; }
    static pid_t child_of(pid_t pid) {
        const std::string id = std::to_string(pid);
        return static_cast<pid_t>(
            std::strtol(read_file("/proc/" + id + "/task/" + id + "/children").c_str(), nullptr, 10));
    }
    static void end(pid_t pid) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
    }
};

TEST_F(OpenerTest, TheLoginUidIsTheAccountsAndStaysSo) {
    const Outcome outcome = inside([] {
        const std::string before = read_file("/proc/self/loginuid");
        std::ofstream("/proc/self/loginuid") << "0";
        std::printf("%s %s\n", before.c_str(), read_file("/proc/self/loginuid").c_str());
        return std::fflush(stdout);
    });
    EXPECT_EQ(outcome.output.find("4294967295"), std::string::npos) << "nobody could say who logged in";
    EXPECT_NE(outcome.output.substr(0, 2), "0 ") << outcome.output;
    EXPECT_EQ(outcome.output.find(" 0\n"), std::string::npos) << "the account can set it: " << outcome.output;
}

// 1 is the kernel's own value for "no helper": core_pattern's runs as root and looks at no other limit.
TEST_F(OpenerTest, ACrashInsideStartsNoHelperOfTheHosts) {
    const Outcome outcome = inside([] {
        rlimit limit = {};
        ::getrlimit(RLIMIT_CORE, &limit);
        std::printf("%lu %lu\n", static_cast<unsigned long>(limit.rlim_cur),
                    static_cast<unsigned long>(limit.rlim_max));
        return std::fflush(stdout);
    });
    EXPECT_EQ(outcome.output, "1 1\n");
}

TEST_F(OpenerTest, WhereMemoryIsShortTheSessionGoesBeforeItsOpener) {
    const Running running = start_inside([] {
        std::ofstream("/proc/self/oom_score_adj") << "0";
        ::sleep(60);
        return 0;
    });
    EXPECT_TRUE(eventually([&] {
        return of(child_of(running.pid), "oom_score_adj") == "500" && of(running.pid, "oom_score_adj") == "0";
    })) << of(child_of(running.pid), "oom_score_adj")
        << ", " << of(running.pid, "oom_score_adj");
    end(running.pid);
}

// As the kernel's OOM killer did to sshd's monitor.
TEST_F(OpenerTest, ASessionWhoseOpenerIsKilledEndsThoughOthersAreOpen) {
    const Running other = start_inside([] { return static_cast<int>(::sleep(600)); });
    ASSERT_TRUE(eventually([&] { return of(child_of(other.pid), "oom_score_adj") == "500"; }));
    const Running running = start_inside([] {
        if (::fork() == 0) ::execl("/bin/probe", "probe", "sleep", "600", nullptr);
        return static_cast<int>(::sleep(600));
    });
    ASSERT_TRUE(eventually([&] { return of(child_of(child_of(running.pid)), "oom_score_adj") == "500"; }));
    const pid_t first = child_of(running.pid), second = child_of(first), stays = child_of(other.pid);
    end(running.pid);
    EXPECT_TRUE(eventually([&] { return !lives(first) && !lives(second); }));
    EXPECT_TRUE(lives(stays));
    end(other.pid);
}

// The child of su or cron executes a program, which closes the lease that it inherited.
TEST_F(OpenerTest, SoDoesOneWhoseProgramHoldsNoLease) {
    const Running other = start_inside([] { return static_cast<int>(::sleep(600)); });
    ASSERT_TRUE(eventually([&] { return of(child_of(other.pid), "oom_score_adj") == "500"; }));
    const pid_t session = start_session(kHarlequin, "sleep 600");
    pid_t program = 0;
    EXPECT_TRUE(eventually([&] {
        program = child_of(session);
        return of(program, "cmdline").find("sleep") != std::string::npos;
    }));
    end(session);
    EXPECT_TRUE(eventually([&] { return !lives(program); }));
    end(other.pid);
}

TEST_F(OpenerTest, SoDoesTheLastOneWhereWhatIsLeftMayGoOn) {
    manifest_.linger = true;
    publish();
    const Running running = start_inside([] {
        if (::fork() == 0) {  // a daemon, which may
            if (::fork() == 0) {
                ::setsid();
                ::sleep(600);
            }
            ::_exit(0);
        }
        ::wait(nullptr);
        return static_cast<int>(::sleep(600));
    });
    pid_t first = 0;
    EXPECT_TRUE(eventually(
        [&] { return (first = child_of(running.pid)) != 0 && processes_of(kHarlequin).size() >= 3; }));
    ::usleep(200000);
    end(running.pid);
    EXPECT_TRUE(eventually([&] { return !lives(first); }));
    ::usleep(500000);
    EXPECT_EQ(processes_of(kHarlequin).size(), 2u) << "PID 1 and the daemon";
    signal_to(supervisor_of(kHarlequin), SIGTERM);
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
}

// sshd's child alone notices that the client is gone; here the opener and its child run one program as well.
TEST_F(OpenerTest, AStoppedProcessOfSshdsIsContinuedOnceAndThenEnded) {
    const Running running = start_inside([] {
        ::kill(::getpid(), SIGSTOP);
        ::kill(::getpid(), SIGSTOP);
        return static_cast<int>(::sleep(600));
    });
    const Outcome outcome = finish(running);
    EXPECT_EQ(WEXITSTATUS(outcome.status), 128) << "its child was killed";
}

TEST_F(OpenerTest, AShellThatStopsItselfIsLeftAlone) {
    const pid_t session = start_session(kHarlequin, "sleep 600");
    pid_t program = 0;
    EXPECT_TRUE(eventually([&] {  // the first child is the one by which the supervisor is started
        program = child_of(session);
        return of(program, "cmdline").find("sleep") != std::string::npos;
    }));
    signal_to(program, SIGSTOP);
    ::sleep(25);  // more than two looks, without an effect
    EXPECT_NE(of(program, "stat").find(") T "), std::string::npos) << of(program, "stat");
    signal_to(program, SIGKILL);
    end(session);
}

// A service with a private home or /tmp may be the first door.
TEST_F(OpenerTest, AnInstanceIsMadeOfTheHostsMountsWhateverTheFirstDoorSees) {
    std::ofstream("/home/harlequin/of-the-host") << "x";
    ASSERT_EQ(::chown("/home/harlequin/of-the-host", kHarlequin, kHarlequin), 0);
    const Outcome outcome = run([] {
        if (::unshare(CLONE_NEWNS) != 0 ||
            ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
            ::mount("tmpfs", "/home/harlequin", "tmpfs", 0, ("uid=" + harlequin_id()).c_str()) != 0)
            return 99;
        const auto lease = client::attach(kHarlequin, "test", "", "");
        if (!lease || !client::enter(lease.value())) return 100;
        return ::access("/home/harlequin/of-the-host", F_OK) == 0 ? 0 : 1;
    });
    EXPECT_EQ(WEXITSTATUS(outcome.status), 0) << outcome.output;
    std::filesystem::remove("/home/harlequin/of-the-host");
}

// A setuid jailshell has the account's real uid, and so can be stopped by it while it holds the lock.
TEST_F(OpenerTest, AProcessThatTheAccountCanStopDoesNotRotateTheLog) {
    const std::string directory = "/tmp/log";
    const Outcome outcome = run([&] {
        if (::setresuid(kHarlequin, 0, 0) != 0) return 1;
        for (int i = 0; i < 3; ++i)
            if (!append_to_audit_log(Event("denial"), directory, 10)) return 2;
        return 0;
    });
    EXPECT_EQ(WEXITSTATUS(outcome.status), 0);
    EXPECT_FALSE(std::filesystem::exists(directory + "/audit.jsonl.full"));
    ASSERT_TRUE(append_to_audit_log(Event("denial"), directory, 10));
    EXPECT_TRUE(std::filesystem::exists(directory + "/audit.jsonl.full")) << "root's processes do";
}

}  // namespace
}  // namespace jail::testing
