// SPDX-License-Identifier: Apache-2.0
// Files that the account wrote are neither executed nor mapped executable, by any path; with `exec: true` its
// home is. Each lock by itself: the mounts' noexec, Landlock, memfd_noexec.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "jail_fixture.h"
#include "libjail/confine/landlock.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;
constexpr char kOwn[] = "/home/harlequin/own";
constexpr char kDenied[] = "Permission denied\n";
constexpr char kNotMapped[] = "Operation not permitted\nPermission denied\n";
constexpr char kMemfdSetting[] = "/proc/sys/vm/memfd_noexec";

class ExecutionTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        keeper_ = hold_session(kHarlequin);  // what is in /tmp lives as long as the instance
    }
    void TearDown() override {
        end_keeper();
        fs::remove(kOwn);
        JailTest::TearDown();
    }
    void end_keeper() {
        ::kill(keeper_, SIGKILL);
        ::waitpid(keeper_, nullptr, 0);
        ASSERT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
    }
    // Another instance, with `exec: true`.
    void allow_exec() {
        end_keeper();
        manifest_.home_exec = true;
        publish();
        keeper_ = hold_session(kHarlequin);
    }
    std::string inside(const std::string& command) { return session(kHarlequin, command).output; }

    // The home's mount in the instance, changed from outside, as no session could.
    static void clear_noexec_of_home() {
        const Outcome outcome = run([] {
            const int ns = ::open(("/proc/" + std::to_string(init_of(kHarlequin)) + "/ns/mnt").c_str(),
                                  O_RDONLY | O_CLOEXEC);
            mount_attr change = {};
            change.attr_clr = MOUNT_ATTR_NOEXEC;
            if (::setns(ns, CLONE_NEWNS) != 0) return 1;
            return ::mount_setattr(AT_FDCWD, "/home/harlequin", 0, &change, sizeof change) == 0 ? 0 : 2;
        });
        ASSERT_EQ(outcome.status, 0);
    }

    // A session in which the kernel answers `code` to a system call of the door: as one that lacks it, or
    // fails at it.
    Outcome session_where_fails(long number, int code, const std::string& command) {
        return run([&] {
            const sock_filter program[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(number), 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(code)),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
            const sock_fprog filter = {4, const_cast<sock_filter*>(program)};
            if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0) return 200;
            const Outcome outcome = session(kHarlequin, command);
            (void)!::write(1, outcome.output.data(), outcome.output.size());
            return WEXITSTATUS(outcome.status);
        });
    }

    pid_t keeper_ = 0;
};

TEST_F(ExecutionTest, NothingThatTheAccountWroteIsExecutedOrMapped) {
    for (const std::string& place :
         {std::string("/home/harlequin"), std::string("/tmp"), std::string("/var/tmp"),
          std::string("/dev/shm"), "/run/user/" + harlequin_id()}) {
        SCOPED_TRACE(place);
        const std::string own = place + "/own";
        ASSERT_EQ(inside("copy " + own), "ok\n");
        EXPECT_EQ(inside("exec " + own), kDenied);
        EXPECT_EQ(inside("exec-fd " + own), kDenied);
        EXPECT_EQ(inside("exec-empty " + own), kDenied);
        EXPECT_EQ(inside("map " + own), kNotMapped);
    }
    EXPECT_EQ(inside("map /usr/bin/probe"), "ok\nok\n") << "what the tree has";
}

TEST_F(ExecutionTest, WithExecTheHomesFilesAreExecutedAndMappedAndNoOthers) {
    allow_exec();
    ASSERT_EQ(inside(std::string("copy ") + kOwn), "ok\n");
    for (const char* way : {"exec ", "exec-fd ", "exec-empty "})
        EXPECT_EQ(session(kHarlequin, std::string(way) + kOwn).status, 0) << way;
    EXPECT_EQ(inside(std::string("map ") + kOwn), "ok\nok\n");
    ASSERT_EQ(inside("copy /tmp/own"), "ok\n");
    EXPECT_EQ(inside("exec /tmp/own"), kDenied);
}

TEST_F(ExecutionTest, AScriptIsExecutedByNoInterpreterOfTheAccounts) {
    const auto script = [](const std::string& interpreter) {
        std::ofstream(kOwn) << "#!" << interpreter << " exit\n";
        fs::permissions(kOwn, fs::perms(0755));
    };
    ASSERT_EQ(inside("copy /tmp/own"), "ok\n");
    script("/usr/bin/probe");
    EXPECT_EQ(inside(std::string("exec ") + kOwn), kDenied);
    allow_exec();
    EXPECT_EQ(session(kHarlequin, std::string("exec ") + kOwn).status, 0);
    ASSERT_EQ(inside("copy /tmp/own"), "ok\n");
    script("/tmp/own");
    EXPECT_EQ(inside(std::string("exec ") + kOwn), kDenied);
}

TEST_F(ExecutionTest, LandlockRefusesWhereAMountWouldAllow) {
    ASSERT_EQ(inside(std::string("copy ") + kOwn), "ok\n");
    const auto abi = landlock::version();
    ASSERT_TRUE(abi) << abi.error().message();
    clear_noexec_of_home();
    const std::string execute = std::string("exec ") + kOwn;
    EXPECT_EQ(session_where_fails(SYS_landlock_create_ruleset, ENOSYS, execute).status, 0)
        << "without Landlock nothing refuses it any more";
    EXPECT_EQ(inside(execute), abi.value() >= 2 ? kDenied : "");
}

TEST_F(ExecutionTest, WithoutLandlockTheMountsHold) {
    ASSERT_EQ(inside(std::string("copy ") + kOwn), "ok\n");
    for (const int code : {ENOSYS, EOPNOTSUPP}) {
        EXPECT_EQ(session_where_fails(SYS_landlock_create_ruleset, code, std::string("exec ") + kOwn).output,
                  kDenied);
        EXPECT_EQ(session_where_fails(SYS_landlock_create_ruleset, code, "exec /usr/bin/probe").status, 0);
    }
}

TEST_F(ExecutionTest, ALandlockThatFailsEndsTheLogin) {
    if (landlock::version().value() < 2) return;  // not used, cannot fail
    for (const long number :
         {SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self}) {
        const Outcome outcome = session_where_fails(number, EPERM, "exit 0");
        EXPECT_EQ(WEXITSTATUS(outcome.status), 101) << outcome.output;
        EXPECT_NE(outcome.output.find("enter: landlock_"), std::string::npos) << outcome.output;
    }
}

// As docs/design/root-directory.md says: each login has a domain of its own.
TEST_F(ExecutionTest, WithLandlockSessionsDoNotLookIntoEachOther) {
    const pid_t other = start_session(kHarlequin, "sleep 60");
    std::string pid;
    ASSERT_TRUE(eventually([&] {
        for (const pid_t one : processes_of(kHarlequin))
            if (read_file("/proc/" + std::to_string(one) + "/cmdline").find("sleep 60") != std::string::npos)
                pid = pid_inside(one);
        return !pid.empty();
    }));
    const std::string looked = inside("read /proc/" + pid + "/environ");
    EXPECT_EQ(looked == kDenied, landlock::version().value() >= 2) << looked;
    EXPECT_NE(inside("read /proc/" + pid + "/cmdline").find("sleep"), std::string::npos) << "what ps shows";
    ::kill(other, SIGKILL);
    ::waitpid(other, nullptr, 0);
}

// A ruleset that does not allow it would forbid this: git and mail programs live on it.
TEST_F(ExecutionTest, FilesMoveFromOneDirectoryToAnother) {
    fs::create_directories("/home/harlequin/a");
    fs::create_directories("/home/harlequin/b");
    for (const char* name : {"/home/harlequin/a", "/home/harlequin/b"})
        ASSERT_EQ(::chown(name, kHarlequin, kHarlequin), 0);
    ASSERT_EQ(inside("write /home/harlequin/a/x"), "ok\n");
    EXPECT_EQ(inside("rename /home/harlequin/a/x /home/harlequin/b/x"), "ok\n");
    EXPECT_EQ(inside("link /home/harlequin/b/x /home/harlequin/a/y"), "ok\n");
    fs::remove_all("/home/harlequin/a");
    fs::remove_all("/home/harlequin/b");
}

// The fixture's filter allows every call: here the kernel's setting refuses. Without that setting only the
// filter does (SeccompFilter.MemoryIsNotExecutedAsAFileUnlessPolicySaysSo).
TEST_F(ExecutionTest, MemoryIsNotExecutedAsAFileEvenWherePolicyGivesTheCallBack) {
    constexpr char kExecutable[] = "exec-memory 0x10", kPlain[] = "exec-memory 0";
    if (fs::exists(kMemfdSetting)) {
        EXPECT_EQ(inside(kExecutable), kDenied);
        EXPECT_EQ(inside(kPlain), kDenied);
        EXPECT_EQ(inside(std::string("read ") + kMemfdSetting), "2\n");
        EXPECT_EQ(read_file(kMemfdSetting), "0\n") << "the host's is as it was";
    }
    allow_exec();
    EXPECT_EQ(session(kHarlequin, kPlain).status, 0);
}

}  // namespace
}  // namespace jail::testing
