// SPDX-License-Identifier: Apache-2.0
// `user_namespace: fakeroot`: the programs that jailshell executes see themselves as root, without more
// rights than before.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>

#include "jail_fixture.h"
#include "libjail/confine/credentials.h"
#include "libjail/policy/paths.h"
#include "shell.h"

namespace jail::testing {
namespace {

class FakerootTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        take_policy("user_namespace: fakeroot");
    }
    void TearDown() override {
        if (background_ > 0) {
            ::kill(background_, SIGKILL);
            ::waitpid(background_, nullptr, 0);
        }
        JailTest::TearDown();
    }

    // A process of the account that is root in there, as the account sees it.
    std::string pid_of_a_root() {
        background_ = start_session(kHarlequin, "sleep 60");
        EXPECT_TRUE(eventually([] { return !roots().empty(); }));
        const std::vector<std::string> found = roots();
        return found.empty() ? "0" : found[0];
    }
    // Else one session's processes cannot even be looked into from another's.
    void without_landlock() {
        manifest_.home_exec = true;
        publish();
    }

    // What no policy compiles to: setns(2) is the supervisor's, everything else is let through.
    static std::string filter_that_lets_trace() {
        const sock_filter program[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                                       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setns, 0, 1),
                                       BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
                                       BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
        return {reinterpret_cast<const char*>(program), sizeof program};
    }

    static std::vector<std::string> descriptors_of(pid_t pid) {
        std::vector<std::string> found;
        for (const auto& one : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
            found.push_back(one.path().filename());
        return found;
    }
    // Its session exits with 7.
    static pid_t start_door_that_the_stopped_supervisor_admitted(pid_t supervisor) {
        const pid_t door = ::fork();
        if (door != 0) return door;
        const auto lease = client::attach(kHarlequin, "test", "", "");
        ::kill(supervisor, SIGSTOP);
        if (!lease || !client::enter(lease.value())) ::_exit(100);
        const pid_t child = ::fork();
        if (child == 0) {
            if (credentials::become(kHarlequin, kHarlequin, {kHarlequin}))
                ::execl(paths::kJailshell, "jailshell", "-c", "exit 7", nullptr);
            ::_exit(101);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        ::_exit(WEXITSTATUS(status));
    }
    static pid_t waiting_in_setns() {
        for (const pid_t pid : processes_of(kHarlequin))
            if (read_file("/proc/" + std::to_string(pid) + "/syscall")
                    .starts_with(std::to_string(SYS_setns) + " "))
                return pid;
        return 0;
    }
    static rlim_t first_free(pid_t pid) {
        const std::vector<std::string> used = descriptors_of(pid);
        rlim_t number = 0;
        while (std::find(used.begin(), used.end(), std::to_string(number)) != used.end()) ++number;
        return number;
    }
    static std::string user_namespace_of(const std::string& pid) {
        char name[64] = {};
        return ::readlink(("/proc/" + pid + "/ns/user").c_str(), name, sizeof name - 1) > 0 ? name : "";
    }
    // Pids in the jail's own numbers.
    static std::vector<std::string> roots() {
        std::vector<std::string> found;
        for (const pid_t pid : processes_of(kHarlequin)) {
            if (user_namespace_of(std::to_string(pid)) == user_namespace_of("self")) continue;
            found.push_back(pid_inside(pid));
        }
        return found;
    }

    pid_t background_ = 0;
};

TEST_F(FakerootTest, TheAccountIsRootAndHasNoCapability) {
    const std::string facts = session(kHarlequin, "facts").output;
    EXPECT_NE(facts.find("Uid:\t0\t0\t0\t0\n"), std::string::npos) << facts;
    EXPECT_NE(facts.find("Gid:\t0\t0\t0\t0\n"), std::string::npos) << facts;
    for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
        EXPECT_NE(facts.find(std::string(set) + ":\t0000000000000000"), std::string::npos) << set << facts;
    EXPECT_NE(facts.find("NoNewPrivs:\t1"), std::string::npos);
    std::istringstream map(session(kHarlequin, "read /proc/self/uid_map").output);
    std::string inside, outside, count, more;
    map >> inside >> outside >> count;
    EXPECT_EQ(inside + " " + outside + " " + count, "0 " + harlequin_id() + " 1");
    EXPECT_FALSE(map >> more) << more;
}

TEST_F(FakerootTest, ItsFilesAreTheAccountsOnTheHost) {
    EXPECT_EQ(session(kHarlequin, "write /home/harlequin/x").output, "ok\n");
    struct stat status = {};
    ASSERT_EQ(::stat("/home/harlequin/x", &status), 0);
    EXPECT_EQ(status.st_uid, kHarlequin);
    ::unlink("/home/harlequin/x");
    for (const char* path : {"/x", "/etc/x", "/usr/x", "/run/x", "/proc/sys/kernel/hostname"})
        EXPECT_NE(session(kHarlequin, std::string("write ") + path).output, "ok\n") << path;
}

TEST_F(FakerootTest, OnlyJailshellGetsThere) {
    without_landlock();
    const std::string pid = pid_of_a_root();
    EXPECT_EQ(session_without_shell(kHarlequin, "join-user " + pid).output, "Operation not permitted\n")
        << "the supervisor's word";
    EXPECT_EQ(session(kHarlequin, "join-user " + pid).output, "Operation not permitted\n")
        << "the second filter's";
    const std::string facts = session_without_shell(kHarlequin, "facts").output;
    EXPECT_NE(facts.find("Uid:\t" + harlequin_id() + "\t"), std::string::npos) << facts;
}

TEST_F(FakerootTest, WhoeverAsksWithoutEndDelaysNobody) {
    without_landlock();
    const std::string pid = pid_of_a_root();
    for (int i = 0; i < 50; ++i)
        ASSERT_EQ(session_without_shell(kHarlequin, "join-user " + pid).output, "Operation not permitted\n");
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 42").status), 42);
}

// A tracer could have it skip what comes after it has joined.
TEST_F(FakerootTest, NotEvenJailshellWhileItIsTraced) {
    manifest_.seccomp = filter_that_lets_trace();
    publish();
    const std::string jailshell = paths::kJailshell;
    const Outcome traced = session_without_shell(kHarlequin, "traced " + jailshell + " -c facts");
    EXPECT_NE(traced.output.find("status 254\n"), std::string::npos) << traced.output;
    EXPECT_NE(traced.output.find("Operation not permitted"), std::string::npos) << traced.output;
    EXPECT_EQ(traced.output.find("Uid:\t0"), std::string::npos) << traced.output;
}

// Nor a process that was traced: its former tracer may have set its registers, which cannot be seen.
TEST_F(FakerootTest, NoPolicyLetsTrace) {
    const std::string policy = "/etc/jail/jails/traced.yaml";
    for (const char* name : {"ptrace", "debug"}) {
        std::ofstream(policy) << "jail: traced\ncommands: [sh]\nuser_namespace: fakeroot\nsyscalls: {allow: ["
                              << name << "]}\n";
        const Ran built = sh("jail-provision build traced");
        EXPECT_NE(built.status, 0);
        EXPECT_NE(built.output.find(std::string("cannot be combined with syscalls: {allow: [") + name + "]}"),
                  std::string::npos)
            << built.output;
    }
    std::filesystem::remove(policy);
}

#ifdef __x86_64__
TEST_F(FakerootTest, NorAJailshellThatTheAccountCouldWriteInto) {
    const std::string attack = std::string("rewritten ") + paths::kJailshell;
    EXPECT_EQ(session_without_shell(kHarlequin, "facts").status, 0);
    ASSERT_EQ(::chmod(paths::kJailshell, 0755), 0);
    const Outcome readable = session_without_shell(kHarlequin, attack);
    ASSERT_EQ(::chmod(paths::kJailshell, 0711), 0);
    EXPECT_EQ(readable.output, "rewritten, CapEff:\t0000000000000000\n");
}
#endif

TEST_F(FakerootTest, NorAJailshellUnderAFilterOfTheAccountsOwn) {
    const std::string jailshell = paths::kJailshell;
    const Outcome deceived = session_without_shell(kHarlequin, "deceived " + jailshell + " -c facts");
    EXPECT_EQ(WEXITSTATUS(deceived.status), 254);
    EXPECT_NE(deceived.output.find("Operation not permitted"), std::string::npos) << deceived.output;
    EXPECT_EQ(deceived.output.find("Cap"), std::string::npos) << deceived.output;
}

// As a host has it on which whatever ends badly is to be looked at.
TEST_F(FakerootTest, NorWhereTheHostDumpsAll) {
    const std::string setting = "/proc/sys/fs/suid_dumpable", all = "/run/suid_dumpable";
    std::ofstream(all) << "1\n";
    ASSERT_EQ(::mount(all.c_str(), setting.c_str(), nullptr, MS_BIND, nullptr), 0);
    const Outcome facts = session(kHarlequin, "facts");
    ASSERT_EQ(::umount2(setting.c_str(), MNT_DETACH), 0);
    EXPECT_EQ(WEXITSTATUS(facts.status), 254);
    EXPECT_EQ(facts.output.find("Uid:"), std::string::npos) << facts.output;
}

TEST_F(FakerootTest, Pid1AndTheDoorStayOutside) {
    (void)pid_of_a_root();
    EXPECT_EQ(user_namespace_of(std::to_string(background_)), user_namespace_of("self"));
    EXPECT_EQ(user_namespace_of(std::to_string(init_of(kHarlequin))), user_namespace_of("self"));
}

TEST_F(FakerootTest, EachSessionsOwnInstanceHasItsOwn) {
    manifest_.instance_per_session = true;
    publish();
    const std::string pid = pid_of_a_root();
    const std::string facts = session(kHarlequin, "facts").output;
    EXPECT_NE(facts.find("Uid:\t0\t0\t0\t0\n"), std::string::npos) << facts;
    EXPECT_EQ(session_without_shell(kHarlequin, "join-user 1").output, "Permission denied\n") << "PID 1's";
}

TEST_F(FakerootTest, WhatASessionLeavesRunningEndsAllTheSame) {
    EXPECT_EQ(session(kHarlequin, "linger 60").status, 0);
    EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).empty(); }));
}

TEST_F(FakerootTest, ASessionThatIsOverLeavesNoDescriptorToTheSupervisor) {
    (void)pid_of_a_root();
    const pid_t supervisor = supervisor_of(kHarlequin);
    EXPECT_EQ(session(kHarlequin, "exit 0").status, 0);
    const std::size_t before = descriptors_of(supervisor).size();
    for (int i = 0; i < 300; ++i) ASSERT_EQ(session(kHarlequin, "exit 0").status, 0);
    EXPECT_TRUE(eventually([&] { return descriptors_of(supervisor).size() <= before; }))
        << before << " " << descriptors_of(supervisor).size();
}

// Whose processes go on being limited.
TEST_F(FakerootTest, ASessionWhoseListenerTheSupervisorHasNoRoomForIsOneAllTheSame) {
    int done[2];
    ASSERT_EQ(::pipe2(done, O_CLOEXEC), 0);
    (void)pid_of_a_root();
    const pid_t supervisor = supervisor_of(kHarlequin);
    const pid_t door = ::fork();
    if (door == 0) {
        const auto lease = client::attach(kHarlequin, "test", "", "");
        rlimit usual = {}, none = {};
        (void)::prlimit(supervisor, RLIMIT_NOFILE, nullptr, &usual);
        none = {first_free(supervisor), usual.rlim_max};
        (void)::prlimit(supervisor, RLIMIT_NOFILE, &none, nullptr);
        const bool entered = lease && client::enter(lease.value());
        ::usleep(200000);
        (void)::prlimit(supervisor, RLIMIT_NOFILE, &usual, nullptr);
        (void)!::write(done[1], entered ? "+" : "-", 1);
        ::pause();
    }
    char said = 0;
    ASSERT_EQ(::read(done[0], &said, 1), 1);
    EXPECT_EQ(said, '+');
    const auto running = client::find_running(kHarlequin);
    ::kill(door, SIGKILL);
    ::waitpid(door, nullptr, 0);
    ASSERT_TRUE(running) << running.error().message();
    EXPECT_EQ(running.value().sessions, 2u);
}

// It has to run once in order to be given the descriptor.
TEST_F(FakerootTest, NobodyWaitsForAnAskerThatHardlyRuns) {
    (void)pid_of_a_root();
    const pid_t supervisor = supervisor_of(kHarlequin);
    const pid_t door = start_door_that_the_stopped_supervisor_admitted(supervisor);
    pid_t asker = 0;
    ASSERT_TRUE(eventually([&] { return (asker = waiting_in_setns()) != 0; }));
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(::sched_getcpu(), &one);
    const sched_param none = {};
    ASSERT_EQ(::sched_setaffinity(asker, sizeof one, &one), 0);
    ASSERT_EQ(::sched_setscheduler(asker, SCHED_IDLE, &none), 0);
    std::vector<pid_t> busy;
    for (int i = 0; i < 40; ++i) {
        busy.push_back(::fork());
        if (busy.back() != 0) continue;
        (void)::sched_setaffinity(0, sizeof one, &one);
        for (;;) asm volatile("");
    }
    ::usleep(100000);
    signal_to(supervisor, SIGCONT);
    ::usleep(100000);
    const auto running = client::find_running(kHarlequin);
    for (const pid_t pid : busy) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
    }
    EXPECT_TRUE(running) << running.error().message();
    int status = 0;
    ::waitpid(door, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 7) << "it was given later";
}

TEST_F(FakerootTest, JailshellInsideSaysThatItIsThereAlready) {
    const Outcome again = session(kHarlequin, std::string("deceived ") + paths::kJailshell + " -c facts");
    EXPECT_NE(again.output.find("this session is in its jail already"), std::string::npos) << again.output;
}

TEST_F(FakerootTest, ByTheSetuidDoorToo) {
    ASSERT_EQ(::chmod(paths::kJailshell, 04711), 0);
    const Outcome facts = outside(kHarlequin, {"jailshell", "-c", "facts"});
    ASSERT_EQ(::chmod(paths::kJailshell, 0711), 0);
    EXPECT_NE(facts.output.find("Uid:\t0\t0\t0\t0"), std::string::npos) << facts.output;
}

}  // namespace
}  // namespace jail::testing
