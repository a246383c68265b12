// SPDX-License-Identifier: Apache-2.0
// The supervisor and its instances, by themselves: no sshd, no PAM, no jail-provision.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include "jail_fixture.h"
#include "libjail/policy/paths.h"

namespace jail::testing {
namespace {

class InstanceTest : public JailTest {};

std::string fact(const std::string& facts, const std::string& key) {
    std::smatch match;
    return std::regex_search(facts, match, std::regex("(?:^|\\n)" + key + "[ :\\t]+([^\\n]*)"))
               ? match[1].str()
               : "missing";
}

TEST_F(InstanceTest, ASessionHasNoPrivilegeAndCannotGainAny) {
    const Outcome outcome = session(kHarlequin, "facts");
    ASSERT_EQ(outcome.status, 0) << outcome.output;
    for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
        EXPECT_EQ(fact(outcome.output, set), "0000000000000000") << set;
    EXPECT_EQ(fact(outcome.output, "NoNewPrivs"), "1");
    EXPECT_EQ(fact(outcome.output, "Seccomp"), "2");
    EXPECT_EQ(fact(outcome.output, "Uid"),
              harlequin_id() + "\t" + harlequin_id() + "\t" + harlequin_id() + "\t" + harlequin_id());
    EXPECT_EQ(fact(outcome.output, "hostname"), "arkham");
}

TEST_F(InstanceTest, WhatNeverExecutesJailshellIsConfinedAsWell) {
    manifest_.umask = 077;
    manifest_.limits.file_size_bytes = 1u << 20;
    publish();
    const Outcome outcome = session_without_shell(kHarlequin, "facts");
    EXPECT_EQ(fact(outcome.output, "Seccomp"), "2");
    EXPECT_EQ(fact(outcome.output, "NoNewPrivs"), "1");
    EXPECT_EQ(fact(outcome.output, "CapBnd"), "0000000000000000");
    EXPECT_EQ(fact(outcome.output, "Groups"), harlequin_id() + " ");
    EXPECT_EQ(fact(outcome.output, "Umask"), "0077");
    EXPECT_NE(session_without_shell(kHarlequin, "read /proc/self/limits")
                  .output.find("Max file size             1048576"),
              std::string::npos);
}

TEST_F(InstanceTest, EverySessionProcessIsInTheAccountsCgroup) {
    const pid_t sleeper = hold_session(kHarlequin);
    for (const pid_t pid : processes_of(kHarlequin)) {
        const std::string groups = read_file("/proc/" + std::to_string(pid) + "/cgroup");
        const bool scope = groups.find("/jail.slice/jail-harlequin.scope\n") != std::string::npos;
        EXPECT_TRUE(scope || groups.find("/jail/" + harlequin_id() + "\n") != std::string::npos) << groups;
    }
    ::kill(sleeper, SIGKILL);
    ::waitpid(sleeper, nullptr, 0);
}

TEST_F(InstanceTest, ASessionEndsWithItsOpenerThoughAChildHoldsItsConnection) {
    // sshd's user child inherits the connection, and the account may stop that child.
    const pid_t opener = start_session(kHarlequin, "hold");
    ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() >= 2; }));
    for (const pid_t pid : processes_of(kHarlequin))
        if (pid != init_of(kHarlequin)) ::kill(pid, SIGSTOP);
    ::kill(opener, SIGKILL);
    ::waitpid(opener, nullptr, 0);
    EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).empty(); }));
}

TEST_F(InstanceTest, EveryNamespaceIsItsOwn) {
    const Outcome outcome = session(kHarlequin, "facts");
    for (const char* name : {"mnt", "pid", "net", "ipc", "uts", "cgroup"}) {
        char ours[64] = {};
        ASSERT_GT(::readlink((std::string("/proc/self/ns/") + name).c_str(), ours, sizeof ours - 1), 0);
        EXPECT_NE(fact(outcome.output, std::string("ns-") + name), ours) << name;
    }
}

TEST_F(InstanceTest, TheRootDirectoryHoldsTheTreeAndWhatTheInstanceMakes) {
    EXPECT_EQ(session(kHarlequin, "list /").output,
              "bin\ndev\netc\nhome\nnotice.txt\nproc\nrun\ntmp\nusr\nvar\n");
    EXPECT_EQ(session(kHarlequin, "list /home").output, "harlequin\n");
    EXPECT_EQ(session(kHarlequin, "list /dev").output,
              "fd\nfull\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n");
    EXPECT_EQ(session(kHarlequin, "read /notice.txt").output, "only the insane\n");
    EXPECT_EQ(session(kHarlequin, "list /etc").output,
              "group\nhostname\nhosts\njail\nnsswitch.conf\npasswd\nresolv.conf\nskel\n");
}

TEST_F(InstanceTest, OnlyHomeTmpAndShmAreWritable) {
    for (const std::string& path :
         {std::string("/home/harlequin/x"), std::string("/tmp/x"), std::string("/dev/shm/x"),
          "/run/user/" + harlequin_id() + "/x", std::string("/var/tmp/y")})
        EXPECT_EQ(session(kHarlequin, std::string("write ") + path).output, "ok\n") << path;
    for (const char* path :
         {"/x", "/etc/x", "/usr/x", "/usr/bin/x", "/dev/x", "/run/x", "/run/user/x", "/var/x", "/home/x",
          "/proc/x", "/etc/passwd", "/etc/jail/instance", "/usr/bin/jailshell", "/proc/sys/kernel/hostname"})
        EXPECT_NE(session(kHarlequin, std::string("write ") + path).output, "ok\n") << path;
    ::unlink("/home/harlequin/x");
}

TEST_F(InstanceTest, NothingThatTheAccountWroteIsExecuted) {
    // The probe itself, copied: executable by mode, so that only the mount forbids it.
    ASSERT_EQ(::system("cp " JAIL_PROBE " /home/harlequin/own && chmod 755 /home/harlequin/own"), 0);
    EXPECT_EQ(session(kHarlequin, "exec /home/harlequin/own").output, "Permission denied\n");
    manifest_.home_exec = true;
    publish();
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exec /home/harlequin/own").status), 0);
    ::unlink("/home/harlequin/own");
}

TEST_F(InstanceTest, TwoSessionsShareTheInstanceAndTwoAccountsDoNot) {
    manifest_.grace_seconds = 3;
    publish();
    const std::string one = session(kHarlequin, "facts").output;
    const std::string two = session(kHarlequin, "facts").output;
    const std::string other = session(kIvy, "facts").output;
    for (const char* name : {"ns-mnt", "ns-pid", "ns-net", "ns-ipc", "ns-uts", "ns-cgroup"}) {
        EXPECT_EQ(fact(one, name), fact(two, name)) << name;
        EXPECT_NE(fact(one, name), fact(other, name)) << name;
    }
}

TEST_F(InstanceTest, AccountsSeeNothingOfEachOtherOrOfTheHost) {
    const pid_t sleeper = hold_session(kIvy);
    const std::string seen = session(kHarlequin, "processes").output;
    std::istringstream lines(seen);
    std::multiset<int> pids{std::istream_iterator<int>(lines), {}};
    EXPECT_LE(pids.size(), 2u) << seen;  // PID 1 and the probe itself
    EXPECT_EQ(pids.count(1), 1u);
    EXPECT_EQ(session(kHarlequin, "list /home/ivy").output, "");
    ::kill(sleeper, SIGKILL);
    ::waitpid(sleeper, nullptr, 0);
}

TEST_F(InstanceTest, NoDescriptorLeadsOut) {
    const int leak = ::open("/etc/shadow", O_RDONLY);  // NOLINT: without CLOEXEC on purpose
    const std::string files = session(kHarlequin, "open-files").output;
    ::close(leak);
    std::istringstream lines(files);
    for (std::string line; std::getline(lines, line);) {
        if (line[0] > '2') {
            EXPECT_EQ(line, "3 No such file or directory")
                << "only the directory that the probe had open to look";
        }
    }
}

// Without jailshell, which closes them: su executes the shell of an account that keeps its own.
TEST_F(InstanceTest, NoDescriptorOfTheDoorsReachesAnotherShell) {
    const int leak = ::open("/etc", O_RDONLY | O_DIRECTORY);  // NOLINT: without CLOEXEC on purpose
    const std::string files = session_without_shell(kHarlequin, "open-files").output;
    ::close(leak);
    EXPECT_NE(files.find("0 "), std::string::npos) << files;
    EXPECT_EQ(files.find("/etc"), std::string::npos) << files;
}

TEST_F(InstanceTest, TerminalsOfAJailAreNotAllOfTheHosts) {
    const Outcome outcome = inside([] {
        int made = 0;
        while (::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC) >= 0) ++made;
        return ::dprintf(1, "%d, %s\n", made, ::strerrorname_np(errno)) > 0 ? 0 : 1;
    });
    EXPECT_EQ(outcome.output, "256, ENOSPC\n");
}

// PID 1 ends when systemd asks it to, which sends from outside.
TEST_F(InstanceTest, TheAccountCannotAskPid1ToEnd) {
    manifest_.grace_seconds = 1;
    publish();
    const std::string audit = std::string(paths::kLogDir) + "/audit.jsonl";
    const std::size_t before = read_file(audit).size();
    const Outcome outcome = inside([] {
        siginfo_t forged = {};
        forged.si_signo = SIGTERM;
        forged.si_code = SI_QUEUE;
        return ::syscall(SYS_rt_sigqueueinfo, 1, SIGTERM, &forged) == 0 ? 0 : 1;
    });
    EXPECT_EQ(outcome.status, 0);
    ASSERT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
    EXPECT_NE(read_file(audit).find("\"cause\":\"idle\"", before), std::string::npos)
        << read_file(audit).substr(before);
}

// The kernel has 128 for all of root's processes, and a supervisor is one of hundreds.
TEST_F(InstanceTest, ASupervisorWithAnOpenSessionHasNoInotifyInstance) {
    for (const char* terminal : {"", "ssh"}) {
        const Outcome outcome = run([&] {
            const auto lease = client::attach(kHarlequin, "sshd", terminal, "");
            if (!lease) return 100;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            int found = 0;
            const std::string files = "/proc/" + std::to_string(supervisor_of(kHarlequin)) + "/fd";
            for (const auto& file : std::filesystem::directory_iterator(files)) {
                std::error_code gone;
                const auto target = std::filesystem::read_symlink(file.path(), gone);
                found += target == "anon_inode:inotify" ? 1 : 0;
            }
            return found;
        });
        EXPECT_EQ(WEXITSTATUS(outcome.status), 0) << terminal;
    }
}

TEST_F(InstanceTest, WhatASessionLeavesRunningEndsWithTheLastSession) {
    const pid_t other = hold_session(kHarlequin);
    EXPECT_EQ(session(kHarlequin, "linger 60").status, 0);
    EXPECT_GE(processes_of(kHarlequin).size(), 3u)
        << "a background process lives on while another session is open";
    ::kill(other, SIGKILL);
    ::waitpid(other, nullptr, 0);
    EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).empty(); }));
}

TEST_F(InstanceTest, TheInstanceStaysWarmForItsGraceTimeAndEmpty) {
    manifest_.grace_seconds = 2;
    publish();
    EXPECT_EQ(session(kHarlequin, "linger 60").status, 0);
    EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).size() == 1; }, 1)) << "only PID 1 stays";
    EXPECT_NE(supervisor_of(kHarlequin), 0);
    EXPECT_TRUE(eventually([] { return supervisor_of(kHarlequin) == 0; }, 6));
}

// What systemd sends to all of a scope that it stops, and kills what has not ended some time later.
TEST_F(InstanceTest, SigtermFromTheHostEndsItOnceItIsEmpty) {
    manifest_.grace_seconds = 3600;
    publish();
    const pid_t monitor = hold_session(kHarlequin);
    signal_to(init_of(kHarlequin), SIGTERM);
    ::usleep(300'000);
    EXPECT_GE(processes_of(kHarlequin).size(), 2u) << "the session has the time that it needs";
    ::kill(monitor, SIGKILL);
    ::waitpid(monitor, nullptr, 0);
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
}

TEST_F(InstanceTest, TheAccountsSigtermDoesNotEndIt) {
    manifest_.grace_seconds = 3600;
    publish();
    EXPECT_EQ(session(kHarlequin, "signal 15 1").status, 0);
    ::usleep(300'000);
    EXPECT_NE(init_of(kHarlequin), 0);
    ::kill(supervisor_of(kHarlequin), SIGTERM);
}

TEST_F(InstanceTest, AWarmInstanceOfAnOldGenerationIsNotJoined) {
    manifest_.grace_seconds = 20;
    publish();
    EXPECT_EQ(fact(session(kHarlequin, "facts").output, "hostname"), "arkham");
    manifest_.hostname = "blackgate";
    manifest_.grace_seconds = 0;
    publish();
    EXPECT_EQ(fact(session(kHarlequin, "facts").output, "hostname"), "blackgate");
}

TEST_F(InstanceTest, ARunningInstanceKeepsItsGeneration) {
    const pid_t first = hold_session(kHarlequin);
    manifest_.hostname = "blackgate";
    publish();
    EXPECT_EQ(fact(session(kHarlequin, "facts").output, "hostname"), "arkham");
    ::kill(first, SIGKILL);
    ::waitpid(first, nullptr, 0);
}

TEST_F(InstanceTest, TheTaskLimitCountsForTheAccountNotTheSession) {
    manifest_.limits.tasks = 20;
    publish();
    const int made = std::atoi(session(kHarlequin, "fork 100").output.c_str());
    EXPECT_GT(made, 5);
    EXPECT_LT(made, 20);
}

TEST_F(InstanceTest, TheMemoryLimitHolds) {
    EXPECT_EQ(session(kHarlequin, "allocate 16").output, "ok\n");
    EXPECT_EQ(session(kHarlequin, "allocate 200").output, "")
        << "killed by the kernel before it could say ok";
}

TEST_F(InstanceTest, TheSessionLimitRefusesOneMore) {
    manifest_.limits.sessions = 1;
    publish();
    const pid_t first = hold_session(kHarlequin);
    const Outcome second = session(kHarlequin, "facts");
    EXPECT_EQ(WEXITSTATUS(second.status), 100);
    EXPECT_NE(second.output.find("this account has as many sessions open as it may (1)"), std::string::npos)
        << second.output;
    ::kill(first, SIGKILL);
    ::waitpid(first, nullptr, 0);
}

TEST_F(InstanceTest, TheNetworkIsItsOwnLoopback) {
    EXPECT_EQ(session(kHarlequin, "connect 22").output, "Connection refused\n") << "up, but nobody is there";
}

TEST_F(InstanceTest, ThirtyTwoLoginsAtOnceAllWork) {
    manifest_.limits.memory_bytes = 1u << 30;  // the doors are copies of this program, sanitized ones large
    publish();
    std::vector<std::pair<pid_t, FileDescriptor>> sessions;
    for (int i = 0; i < 32; ++i) {
        FileDescriptor output(::memfd_create("output", MFD_CLOEXEC));
        const pid_t pid = start_session(i % 2 == 0 ? kHarlequin : kIvy, "exit 7", output.get());
        sessions.emplace_back(pid, std::move(output));
    }
    for (const auto& [pid, output] : sessions) {
        int status = 0;
        ::waitpid(pid, &status, 0);
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7)
            << "status " << status << ", " << read_file("/proc/self/fd/" + std::to_string(output.get()));
    }
}

TEST_F(InstanceTest, ExitStatusAndDeathBySignalArrive) {
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 42").status), 42);
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "signal 15").status), 128 + 15);
}

TEST_F(InstanceTest, AHundredSessionsLeaveNothingBehindInTheSupervisor) {
    manifest_.grace_seconds = 60;
    publish();
    session(kHarlequin, "exit 0");
    const std::string fds = "/proc/" + std::to_string(supervisor_of(kHarlequin)) + "/fd";
    const auto count = [&] { return std::distance(std::filesystem::directory_iterator(fds), {}); };
    // The session's end is noticed some time after it.
    auto before = count();
    ASSERT_TRUE(eventually([&] {
        ::usleep(50000);
        return before == std::exchange(before, count());
    }));
    for (int i = 0; i < 100; ++i) ASSERT_EQ(session(kHarlequin, "exit 0").status, 0);
    EXPECT_TRUE(eventually([&] { return count() <= before; }))
        << before << " descriptors before, " << count() << " after";
    signal_to(supervisor_of(kHarlequin), SIGTERM);
}

TEST_F(InstanceTest, TheRunDirectoryIsRootsAloneWhateverTheUmask) {
    const mode_t before = ::umask(0);
    const pid_t sleeper = start_session(kHarlequin, "sleep 30");
    ::umask(before);
    ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() >= 2; }));
    const std::string directory = std::string(paths::kRunDir) + "/" + harlequin_id();
    for (const std::string& path :
         {std::string(paths::kRunDir), directory, directory + "/control", directory + "/lock"}) {
        struct stat status = {};
        ASSERT_EQ(::stat(path.c_str(), &status), 0) << path;
        EXPECT_EQ(status.st_uid, 0u) << path;
        EXPECT_EQ(status.st_mode & 077, 0u) << path;
    }
    ::kill(sleeper, SIGKILL);
    ::waitpid(sleeper, nullptr, 0);
}

TEST_F(InstanceTest, NoProgramOrDescriptorOfPid1IsReachedThroughProc) {
    EXPECT_EQ(session(kHarlequin, "write /proc/1/exe").output, "Permission denied\n");
    EXPECT_EQ(session(kHarlequin, "read /proc/1/environ").output, "Permission denied\n");
    EXPECT_EQ(session(kHarlequin, "list /proc/1/fd").output, "");
    EXPECT_EQ(session(kHarlequin, "list /proc/1/root").output, "");
    EXPECT_EQ(session(kHarlequin, "write /proc/self/exe").output, "Permission denied\n");
}

TEST_F(InstanceTest, AMountIsReadOnlyUnlessThePolicySaysOtherwise) {
    std::filesystem::create_directories("/srv/case");
    ASSERT_EQ(::chown("/srv/case", kHarlequin, kHarlequin), 0);
    manifest_.mounts = {{"/srv/case", "/etc/skel", false, false}};
    publish();
    EXPECT_EQ(session(kHarlequin, "write /etc/skel/x").output, "Read-only file system\n");
    manifest_.mounts[0].writable = true;
    publish();
    EXPECT_EQ(session(kHarlequin, "copy /etc/skel/x").output, "ok\n");
    EXPECT_EQ(session(kHarlequin, "exec /etc/skel/x").output, "Permission denied\n");
    manifest_.mounts[0].exec = true;
    publish();
    EXPECT_EQ(session(kHarlequin, "exec /etc/skel/x").status, 0);
    std::filesystem::remove_all("/srv/case");
}

}  // namespace
}  // namespace jail::testing
