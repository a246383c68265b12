// SPDX-License-Identifier: Apache-2.0
// jailshell on the host: with the setuid bit it enters, without it refuses; a hostile caller gets neither a
// crash nor a leak nor an unjailed shell.
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <regex>

#include "jail_fixture.h"
#include "libjail/policy/paths.h"

namespace jail::testing {
namespace {

class DoorTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        ASSERT_EQ(::chmod(paths::kJailshell, 04711), 0);
    }
    void TearDown() override {
        ASSERT_EQ(::chmod(paths::kJailshell, 0711), 0);
        JailTest::TearDown();
    }

    // jailshell -c COMMAND as harlequin, in the background.
    static pid_t start_outside(const char* command) {
        const pid_t pid = ::fork();
        if (pid != 0) return pid;
        if (::setresgid(kHarlequin, kHarlequin, kHarlequin) != 0 ||
            ::setresuid(kHarlequin, kHarlequin, kHarlequin) != 0)
            ::_exit(105);
        ::execl(paths::kJailshell, "jailshell", "-c", command, nullptr);
        ::_exit(106);
    }

    // Executes jailshell as harlequin after `prepare` has spoilt the process.
    Outcome hostile(const std::function<void()>& prepare, std::vector<const char*> arguments,
                    std::vector<const char*> environment = {}) {
        return run([&] {
            arguments.push_back(nullptr);
            environment.push_back(nullptr);
            if (::setgroups(0, nullptr) != 0 || ::setresgid(kHarlequin, kHarlequin, kHarlequin) != 0 ||
                ::setresuid(kHarlequin, kHarlequin, kHarlequin) != 0)
                return 105;
            prepare();
            ::execve(paths::kJailshell, const_cast<char**>(arguments.data()),
                     const_cast<char**>(environment.data()));
            return 106;
        });
    }
};

TEST_F(DoorTest, SetuidItEntersWithoutPam) {
    const Outcome outcome = outside(kHarlequin, {"jailshell", "-c", "facts"});
    ASSERT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_NE(outcome.output.find("CapEff:\t0000000000000000"), std::string::npos);
    EXPECT_NE(outcome.output.find("CapBnd:\t0000000000000000"), std::string::npos);
    EXPECT_NE(outcome.output.find("NoNewPrivs:\t1"), std::string::npos);
    EXPECT_NE(outcome.output.find("Uid:\t" + harlequin_id() + "\t" + harlequin_id()), std::string::npos);
    EXPECT_NE(outcome.output.find("hostname arkham"), std::string::npos);
    EXPECT_EQ(outside(kHarlequin, {"jailshell", "-c", "list /home"}).output, "harlequin\n");
}

// musl's start of a setuid program needs three descriptors that can be polled.
TEST_F(DoorTest, ACallersLimitOfDescriptorsIsRefusedInWordsNotByASignal) {
    for (const rlim_t most : {0, 1, 2, 3, 4, 8}) {
        const Outcome outcome = hostile(
            [&] {
                const rlimit limit = {most, most};
                (void)::setrlimit(RLIMIT_NOFILE, &limit);
            },
            {"jailshell", "-c", "exit 7"});
        ASSERT_TRUE(WIFEXITED(outcome.status)) << most << ": signal " << WTERMSIG(outcome.status);
        const int status = WEXITSTATUS(outcome.status);
        EXPECT_TRUE(status == 7 || status == 254) << most << ": " << status << " " << outcome.output;
        if (status == 254) {
            EXPECT_NE(outcome.output.find("jailshell: "), std::string::npos) << outcome.output;
        }
    }
}

TEST_F(DoorTest, TheSessionsLastEventSaysHowItsProgramEnded) {
    const std::string log = std::string(paths::kLogDir) + "/audit.jsonl";
    const std::size_t before = read_file(log).size();
    EXPECT_EQ(WEXITSTATUS(outside(kHarlequin, {"jailshell", "-c", "exit 7"}).status), 7);
    ASSERT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
    const std::string recorded = read_file(log).substr(before);
    EXPECT_TRUE(std::regex_search(recorded, std::regex("\"event\":\"session_close\".*\"exit\":7[,}]")))
        << recorded;
    // If another program is the door, the status is unknown.
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    ASSERT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
    EXPECT_EQ(read_file(log).find("\"exit\":", before + recorded.size()), std::string::npos);
}

TEST_F(DoorTest, ADenialIsRecordedWhateverTheFileSizeLimit) {
    manifest_.tree = std::string(manifest_.tree.size(), '0');  // a tree that does not exist
    publish();
    const std::string log = std::string(paths::kLogDir) + "/audit.jsonl";
    const std::string before = read_file(log);
    const Outcome outcome = hostile(
        [] {
            constexpr rlimit kNone = {0, RLIM_INFINITY};
            (void)::setrlimit(RLIMIT_FSIZE, &kNone);
        },
        {"jailshell", "-c", "facts"});
    ASSERT_TRUE(WIFEXITED(outcome.status)) << outcome.status;
    EXPECT_EQ(WEXITSTATUS(outcome.status), 254) << outcome.output;
    EXPECT_NE(read_file(log).substr(before.size()).find("\"denial\""), std::string::npos);
}

// Any account of the host can ask, as often as it likes.
TEST_F(DoorTest, WhoIsInNoJailFillsNoLogAndHasNothingStarted) {
    std::filesystem::remove(std::string(paths::kStateDir) + "/accounts/" + harlequin_id());
    const std::string log = std::string(paths::kLogDir) + "/audit.jsonl";
    const std::string before = read_file(log);
    for (const char* word : {"-c", "-x"}) {
        const Outcome outcome = outside(kHarlequin, {"jailshell", word, "facts"});
        EXPECT_EQ(WEXITSTATUS(outcome.status), 254) << outcome.output;
    }
    EXPECT_EQ(read_file(log), before);
    EXPECT_FALSE(std::filesystem::exists(std::string(paths::kRunDir) + "/" + harlequin_id()));
}

TEST_F(DoorTest, WithoutTheSetuidBitItRefuses) {
    ASSERT_EQ(::chmod(paths::kJailshell, 0711), 0);
    const Outcome outcome = outside(kHarlequin, {"jailshell", "-c", "facts"});
    EXPECT_EQ(WEXITSTATUS(outcome.status), 254);
    EXPECT_NE(outcome.output.find("did not lead into it"), std::string::npos) << outcome.output;
}

TEST_F(DoorTest, RootIsRefused) {
    const Outcome outcome = run([] { return ::execl(paths::kJailshell, "jailshell", nullptr); });
    EXPECT_EQ(WEXITSTATUS(outcome.status), 254);
    EXPECT_NE(outcome.output.find("root has no jail"), std::string::npos);
}

TEST_F(DoorTest, AnAccountWithoutAJailIsRefusedAndNotToldWhy) {
    const Outcome outcome = outside(4999, {"jailshell", "-c", "facts"});
    EXPECT_EQ(WEXITSTATUS(outcome.status), 254);
    EXPECT_NE(outcome.output.find("event "), std::string::npos);
    EXPECT_EQ(outcome.output.find("/var/lib"), std::string::npos)
        << "the cause is for the log alone: " << outcome.output;
}

TEST_F(DoorTest, ExitStatusAndDeathBySignalArrive) {
    EXPECT_EQ(WEXITSTATUS(outside(kHarlequin, {"jailshell", "-c", "exit 42"}).status), 42);
    const Outcome killed = outside(kHarlequin, {"jailshell", "-c", "signal 15"});
    EXPECT_TRUE(WIFSIGNALED(killed.status));
    EXPECT_EQ(WTERMSIG(killed.status), 15);
}

TEST_F(DoorTest, NoArgumentVector) {
    // argc 0: the kernel makes it one empty string since 5.18; either way a plain shell inside.
    const Outcome outcome = hostile([] {}, {});
    EXPECT_NE(outcome.output.find("hostname arkham"), std::string::npos) << outcome.output;
}

TEST_F(DoorTest, ClosedStandardDescriptors) {
    const Outcome outcome = hostile(
        [] {
            for (int fd = 0; fd < 3; ++fd) ::close(fd);
        },
        {"jailshell", "-c", "exit 7"});
    EXPECT_EQ(WEXITSTATUS(outcome.status), 7);
}

TEST_F(DoorTest, HostileEnvironment) {
    const Outcome outcome = hostile(
        [] {}, {"jailshell", "-c", "read /proc/self/environ"},
        {"LD_PRELOAD=/home/harlequin/x.so", "LD_AUDIT=x", "GLIBC_TUNABLES=glibc.malloc.check=3",
         "BASH_ENV=/x", "PATH=/home/harlequin", "HOME=/root", "TMPDIR=/x", "MALLOC_CHECK_=3", "LANG=C"});
    for (const char* name : {"LD_PRELOAD", "LD_AUDIT", "GLIBC_TUNABLES", "BASH_ENV", "TMPDIR",
                             "MALLOC_CHECK_", "HOME=/root", "PATH=/home"})
        EXPECT_EQ(outcome.output.find(name), std::string::npos) << name;
    EXPECT_NE(outcome.output.find("HOME=/home/harlequin"), std::string::npos) << outcome.output;
}

TEST_F(DoorTest, InheritedDescriptorsDoNotReachTheSession) {
    const int secret = ::open("/etc/shadow", O_RDONLY | O_CLOEXEC);
    const Outcome outcome = hostile([&] { ::dup2(secret, 50); }, {"jailshell", "-c", "open-files"});
    ::close(secret);
    EXPECT_EQ(outcome.output.find("50 "), std::string::npos) << outcome.output;
    EXPECT_EQ(outcome.output.find("shadow"), std::string::npos);
}

TEST_F(DoorTest, TinyResourceLimitsRefuseOrWork) {
    const struct {
        __rlimit_resource resource;
        rlim_t value;
    } limits[] = {{RLIMIT_NOFILE, 3},    {RLIMIT_NOFILE, 6},   {RLIMIT_NOFILE, 12},   {RLIMIT_FSIZE, 0},
                  {RLIMIT_AS, 1 << 20},  {RLIMIT_AS, 8 << 20}, {RLIMIT_STACK, 16384}, {RLIMIT_NPROC, 0},
                  {RLIMIT_CPU, 1},       {RLIMIT_DATA, 65536}, {RLIMIT_CORE, 0},      {RLIMIT_MEMLOCK, 0},
                  {RLIMIT_SIGPENDING, 0}};
    for (const auto& limit : limits) {
        SCOPED_TRACE(std::to_string(limit.resource) + "=" + std::to_string(limit.value));
        const Outcome outcome = hostile(
            [&] {
                const rlimit both = {limit.value, limit.value};
                ::setrlimit(limit.resource, &both);
            },
            {"jailshell", "-c", "facts"});
        const bool entered = outcome.output.find("hostname arkham") != std::string::npos;
        const bool refused = WIFEXITED(outcome.status) && WEXITSTATUS(outcome.status) == 254;
        const bool never_started = outcome.output.empty();  // the kernel could not even execute it
        EXPECT_TRUE(entered || refused || never_started) << outcome.status << " " << outcome.output;
        if (entered) {
            EXPECT_NE(outcome.output.find("NoNewPrivs:\t1"), std::string::npos);
        }
    }
}

TEST_F(DoorTest, IgnoredAndBlockedSignals) {
    const Outcome outcome = hostile(
        [] {
            for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_IGN);
            sigset_t all;
            ::sigfillset(&all);
            ::sigprocmask(SIG_SETMASK, &all, nullptr);
        },
        {"jailshell", "-c", "exit 7"});
    EXPECT_EQ(WEXITSTATUS(outcome.status), 7)
        << "the status is right though SIGCHLD was ignored: " << outcome.output;
}

TEST_F(DoorTest, AWorkingDirectoryOutsideDoesNotComeAlong) {
    const Outcome outcome = hostile([] { (void)!::chdir("/etc"); }, {"jailshell", "-c", "list ."});
    EXPECT_EQ(outcome.output.find("shadow"), std::string::npos);
}

TEST_F(DoorTest, ADirectoryForAStandardDescriptorIsRefused) {
    const int root = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const Outcome outcome =
        hostile([&] { ::dup2(root, 0); }, {"jailshell", "-c", "list /proc/self/fd/0/etc"});
    ::close(root);
    EXPECT_EQ(WEXITSTATUS(outcome.status), 254);
    EXPECT_EQ(outcome.output.find("shadow"), std::string::npos);
}

TEST_F(DoorTest, AReadableJailshellRefusesInside) {
    // Readable, it would be dumpable, and another process of the account could write into it before its
    // filter.
    ASSERT_EQ(::chmod(paths::kJailshell, 0755), 0);
    const Outcome outcome = session(kHarlequin, "facts");
    EXPECT_EQ(WEXITSTATUS(outcome.status), 254);
    EXPECT_NE(outcome.output.find("chmod 0711"), std::string::npos) << outcome.output;
}

TEST_F(DoorTest, AStoppedDoorHoldsUpNobody) {
    // The account may stop a setuid jailshell of its own at any instruction.
    manifest_.grace_seconds = 3;
    publish();
    ASSERT_EQ(outside(kHarlequin, {"jailshell", "-c", "exit 0"}).status, 0);
    std::vector<pid_t> stopped;
    for (int i = 0; i < 40; ++i) {
        const pid_t pid = start_outside("exit 0");
        ::usleep(static_cast<useconds_t>(i * 20));
        ::kill(pid, SIGSTOP);
        stopped.push_back(pid);
    }
    EXPECT_EQ(WEXITSTATUS(outside(kHarlequin, {"jailshell", "-c", "exit 7"}).status), 7);
    for (const pid_t pid : stopped) ::kill(pid, SIGKILL);
    for (const pid_t pid : stopped) ::waitpid(pid, nullptr, 0);
}

TEST_F(DoorTest, UnknownOptionsAreRefused) {
    for (const char* option : {"--lint", "--version", "-x", "/etc/shadow"}) {
        const Outcome outcome = outside(kHarlequin, {"jailshell", option});
        EXPECT_EQ(WEXITSTATUS(outcome.status), 254) << option;
        EXPECT_NE(outcome.output.find("usage:"), std::string::npos) << outcome.output;
    }
}

TEST_F(DoorTest, KilledFromOutsideItTakesItsSessionAlong) {
    const pid_t pid = start_outside("sleep 60");
    ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() >= 3; }));
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).empty(); }));
}

TEST_F(DoorTest, ItCannotBeTracedOrLookedIntoFromInside) {
    const pid_t pid = start_outside("sleep 60");
    ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() >= 3; }));
    // Not dumpable: its /proc entries are root's.
    struct stat status = {};
    ASSERT_EQ(::stat(("/proc/" + std::to_string(pid) + "/environ").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, 0u);
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
}

TEST_F(DoorTest, TheSupervisorHasAnEnvironmentOfItsOwn) {
    manifest_.grace_seconds = 3;
    publish();
    ASSERT_EQ(hostile([] {}, {"jailshell", "-c", "exit 0"}, {"LD_PRELOAD=/x", "PATH=/home/harlequin"}).status,
              0);
    const std::string proc = "/proc/" + std::to_string(supervisor_of(kHarlequin));
    EXPECT_EQ(read_file(proc + "/environ"), std::string("PATH=/usr/sbin:/usr/bin:/sbin:/bin") + '\0');
    EXPECT_EQ(std::filesystem::read_symlink(proc + "/cwd"), "/");
}

TEST_F(DoorTest, AnotherNameOfItIsTheSame) {
    // As an account could make one in a directory of its own, were hard links to others' files allowed.
    std::filesystem::create_directories("/usr/local/elsewhere");
    std::filesystem::create_hard_link(paths::kJailshell, "/usr/local/elsewhere/sudoedit");
    std::ofstream("/usr/local/elsewhere/jail-supervisor") << "#!/bin/sh\ntouch /run/wrong-one\n";
    std::filesystem::permissions("/usr/local/elsewhere/jail-supervisor", std::filesystem::perms(0755));
    const Outcome outcome = run([] {
        if (::setgroups(0, nullptr) != 0 || ::setresgid(kHarlequin, kHarlequin, kHarlequin) != 0 ||
            ::setresuid(kHarlequin, kHarlequin, kHarlequin) != 0 || ::chdir("/usr/local/elsewhere") != 0)
            return 105;
        ::execl("sudoedit", "sudoedit", "-c", "facts", nullptr);
        return 106;
    });
    EXPECT_NE(outcome.output.find("hostname arkham"), std::string::npos) << outcome.output;
    EXPECT_NE(outcome.output.find("CapBnd:\t0000000000000000"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists("/run/wrong-one"));
    std::filesystem::remove_all("/usr/local/elsewhere");
}

TEST_F(DoorTest, NothingOfTheAccountsIsLookedAtBeforeItHasEntered) {
    const std::string trace = "/run/door-trace";
    const Outcome outcome = run([&] {
        if (::chdir("/home/harlequin") != 0) return 105;
        ::execlp("strace", "strace", "-qq", "-o", trace.c_str(), "-u", "harlequin", "-e", "trace=%file,setns",
                 paths::kJailshell, "-c", "list /home/harlequin/*", nullptr);
        return 106;
    });
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    const std::string calls = read_file(trace);
    const std::size_t joined = calls.find("setns(");
    ASSERT_NE(joined, std::string::npos) << calls;
    const std::string before = calls.substr(calls.find('\n'), joined - calls.find('\n'));
    EXPECT_NE(before.find("\"accounts\""), std::string::npos) << "what it does look at: " << before;
    for (const char* own : {"/home", "\"home", "\"harlequin", "\".", "/tmp"})
        EXPECT_EQ(before.find(own), std::string::npos) << own << " in " << before;
    std::filesystem::remove(trace);
}

}  // namespace
}  // namespace jail::testing
