// SPDX-License-Identifier: Apache-2.0
// Every fallible system call of a login made to fail, in turn: of the door (pam_jail, or setuid jailshell),
// of what starts the supervisor, of the supervisor, of PID 1 and of the session until it is the account's own
// program. Each time there is no session and a line says why, or the session is confined as ever and the
// failure is one of the few that may have no effect (kHarmless). No trace is left, no process hangs, and the
// next login works.
//
// LOGIN_FAULT_STRIDE=N takes every N-th call (32; 1 takes an hour); FAULT_VARIANT=K another
// errno where a call has several.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "jail_fixture.h"
#include "libjail/base/file_descriptor.h"
#include "libjail/policy/paths.h"

namespace jail::testing {
namespace {

constexpr char kLog[] = "/run/syscall_fault.log";
constexpr char kServices[] = "/run/pam-services";
const std::vector<std::string> kRoles = {"door", "launcher", "supervisor", "init", "session"};
const std::vector<std::string> kHelpers = {"helper", "bus", "recorder"};  // not every login has them

// Failures that a login survives, and why it may.
struct Harmless {
    const char* role;  // a regular expression
    const char* call;  // likewise: "CALL ERRNO PATH"
    const char* reason;
};
const std::vector<Harmless> kHarmless = {
    {"door|supervisor|session|terminal", "^(mmap|mprotect|brk|getrandom) ",
     "malloc(3) has more than one way to memory"},
    {"door|supervisor|session", "^fcntl ",
     "libc asks for what it knows already: descriptors are O_CLOEXEC from birth"},
    {"door|session",
     "^(fstat|newfstatat|ioctl|write|read|poll) [A-Z]+ (pipe:|/dev/null|/run/pam-services/|-?[0-9]+$)",
     "buffering of the standard streams; the ends of files; a wait that is resumed"},
    {"door", "/pam_deny.so|/run/pam-services/other",
     "the service `other`, which libpam reads and nobody asked for"},
    {"door", " /var/log/jail", "a log that cannot be opened stops no session"},
    {"door", "^(open|openat2|fstat|read) [A-Z]+ (/|//|//var|/var|/var/lib.*)$",
     "whether anything is to be started at all; the supervisor finds out whose jail it is"},
    {"door|session", "^prctl EPERM 3$", "PR_GET_DUMPABLE, which only refuses"},
    {"door|supervisor",
     "^(socket|connect|sendto|recvfrom|poll|ioctl) [A-Z]+ (1$|16$|socket:|/dev/null|[0-9]{6})",
     "nscd, audit(7) or syslog, which do not run here either"},
    {"door|supervisor|session|init", "^prctl EPERM 23$", "PR_CAPBSET_READ: what cannot be read is dropped"},
    {"door|session|init", "^setuid [A-Z]+ 0$", "the attempt to be root again, which is to fail"},
    {"door|supervisor|session", "^wait4 EINTR", "is repeated"},
    {"door|supervisor", "^newfstatat [A-Z]+ /$",
     "the name services look whether they are in a new root directory"},
    {"door|supervisor|session",
     "^(open|openat|newfstatat|readlinkat|read|pread64|fstat) [A-Z]+ "
     "(?!//?(run/jail|var/lib/jail|sys/fs|proc|etc/(jail|resolv)))",
     "sources and libraries of the name services, of which another one answers; a group without its name"},
    {"supervisor", "^(openat2|newfstatat|openat|fstat) [A-Z]+ (//var|//|/|/var/lib.*)$",
     "the tree is looked for, so that another generation can be taken in time; PID 1 opens it"},
    {"supervisor", "^rmdir [A-Z]+ /sys/fs/cgroup", "what a killed supervisor left, if it left something"},
    {"supervisor", "^access [A-Z]+ (/sys/fs/cgroup|/etc/ld.so.preload|/proc/swaps)",
     "what may be there is tried: a limit is written and read back, or the login is denied"},
    {"supervisor", "^statfs [A-Z]+ /sys/fs/cgroup/",
     "taken for mounted: a limit is written, or the login is denied"},
    {"supervisor", "^(open|openat|read) [A-Z]+ /run/jail/rates",
     "how much the account has made the log grow: as much as it may, then"},
    {"door|supervisor", "^(stat|newfstatat|open|openat) [A-Z]+ (/proc/self/task|/sys/fs/cgroup/.*/tasks)$",
     "cgroup.procs moves a process as well"},
    {"door", "^sendmsg [A-Z]+ socket:", "how the program ended is not known then"},
    {"supervisor", "^statfs [A-Z]+ /sys/fs/cgroup$",
     "not v2, then: the controllers of v1 are there or the login is denied"},
    {"supervisor",
     "^(dup2|poll|openat) [A-Z]+ "
     "(/dev/null|[0-9]+|/proc/[0-9]+/root/dev/pts|/run/.*)$",
     "the door is told by the closed pipe; sessions without a watch of their terminals are idle by processor "
     "time"},
    {"init", "^prctl EPERM 15$", "PR_SET_NAME"},
    {"init", "^(poll|recvfrom|sendto) ", "is repeated; or PID 1 ends, before a login or after the last one"},
    {"init", "^kill ", "is repeated until nobody is left"},
    {"session", "^dup2 [A-Z]+ /dev/null$", "what waits for the program closes the descriptor instead"},
    {"session", "^(socket [A-Z]+ 1$|(setsockopt|sendto) [A-Z]+ socket:)",
     "how the program ended is not known then"},
    {"session", "^chdir [A-Z]+ /home/", "the session starts in / then"},
    {"init", " /etc/shells", "the list is then libc's own"},
    {"door", "^readlink [A-Z]+ /proc/self/exe$", "audit(7), for its record"},
    {"supervisor", "^prlimit64 ", "the loader looks at the stack's limit"},
    {"supervisor", "^signalfd4 ", "it ends, and the door starts another one"},
    {"terminal",
     "^(access|openat|newfstatat|fstat|pread64|read|prlimit64) [A-Z]+ (/etc/ld\\.so|/usr/lib|/lib|0$)",
     "what the loader can do without"},
    {"bus", "", "what systemd is not asked for, a control group without a scope holds as well"},
    {"helper", "^recvfrom ", "who holds a user namespace ends sooner: the supervisor has it, or gets none"},
    {"helper", "^(open|dup2|close_range|execve) ", "of the same: busctl(1) is not started"},
    {"recorder", "", "no session needs a recorder; the next one has what this one did not read"},
    {"serving", "",
     "the instance stands: who is not answered starts a new one, and reports are as good as they can be"},
};

// What they leave: names below /run/jail that the next supervisor takes over, since only the lock says that
// one runs.
const std::regex kLeavesNames("(unlink|rmdir|fstat|newfstatat|flock|openat2) [A-Z]+ /run/jail");

// A failure that cannot be reported: libc ends the process before main().
const std::regex kBeforeMain("^poll ");

// Calls by which one of `mounts:` is made, some of which other steps have as well: those have tests of their
// own, where they are not harmless.
const std::regex kOfAMount(
    "/srv|/etc/skel|/mountinfo|^(open|openat|openat2|fstat|newfstatat|statx|mount_setattr|move_mount) [A-Z]+ "
    "/*$|sendto");

std::string line_of(const std::string& text, const std::string& start) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.rfind(start, 0) == 0) return line;
    return {};
}

class LoginFaultsTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        ASSERT_EQ(
            ::system((std::string("mkdir -p ") + kServices + " && cd " + kServices +
                      " && echo 'auth required pam_deny.so' > other"
                      " && printf 'account required pam_jail.so\nsession required pam_jail.so\n' > door"
                      " && printf 'account required pam_permit.so\nsession required pam_permit.so\n' > mixed"
                      " && cat door >> mixed")
                         .c_str()),
            0);
        host_ = confinement(run([] { return ::execl(JAIL_PROBE, "probe", "facts", nullptr); }).output);
    }

    // What must be the same in every session: all facts but the numbers of this instance's namespaces, which
    // must not be the host's.
    static std::string confinement(const std::string& facts) {
        std::istringstream lines(facts);
        std::string kept;
        for (std::string line; std::getline(lines, line);)
            if (std::regex_search(line,
                                  std::regex("^(Umask|Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp|ns-|hostname)")))
                kept += line + "\n";
        return kept;
    }
    static std::string without_numbers(const std::string& facts) {
        return std::regex_replace(facts, std::regex("\\[[0-9]+\\]"), "");
    }
    bool shares_a_namespace(const std::string& facts) const {
        for (const char* name : {"mnt", "pid", "net", "ipc", "uts", "cgroup"})
            if (line_of(facts, std::string("ns-") + name) == line_of(host_, std::string("ns-") + name))
                return true;
        return false;
    }

    Outcome login(const std::string& role, long number) {
        const char* variant = std::getenv("FAULT_VARIANT");
        const std::string place = std::to_string(number),
                          kind = std::to_string(number + (variant == nullptr ? 0 : std::atoi(variant)));
        std::vector<std::string> words = {JAIL_SYSCALL_FAULT, kLog, role, place, kind};
        words.insert(words.end(), door_.begin(), door_.end());
        ::unlink(kLog);
        return run([&] {
            if (!terminal_.empty() && ::dup2(::open(terminal_.c_str(), O_RDWR | O_NOCTTY), 0) != 0) return 1;
            std::vector<char*> list;
            for (std::string& word : words) list.push_back(word.data());
            list.push_back(nullptr);
            return ::execv(list[0], list.data());
        });
    }

    static long count_of(const std::string& role) {
        const std::string start = "count " + role + " ";
        const std::string line = line_of(read_file(kLog), start);
        return line.empty() ? 0 : std::atol(line.c_str() + start.size());
    }

    static const Harmless* harmless(const std::string& role, const std::string& call) {
        for (const Harmless& one : kHarmless)
            if (std::regex_search(role, std::regex(one.role)) &&
                std::regex_search(call, std::regex(one.call)))
                return &one;
        return nullptr;
    }

    static int stride() {
        const char* wanted = std::getenv("LOGIN_FAULT_STRIDE");
        return wanted == nullptr ? 32 : std::atoi(wanted);
    }

    void every_call(std::vector<std::string> door, const std::vector<std::string>& roles = kRoles) {
        door_ = std::move(door);
        const Outcome undisturbed = login("none", 0);
        expected_ = confinement(undisturbed.output);
        ASSERT_NE(line_of(expected_, "Seccomp:\t2"), "") << undisturbed.output;
        ASSERT_FALSE(shares_a_namespace(expected_)) << expected_;
        std::printf("calls that can fail:");
        for (const auto* list : {&kRoles, &kHelpers})
            for (const std::string& role : *list) std::printf(" %s %ld", role.c_str(), count_of(role));
        std::printf("\n");
        for (const std::string& role : roles) every_call_of(role);
        if (roles == kRoles)
            for (const std::string& role : kHelpers)
                if (count_of(role) != 0) every_call_of(role);
        std::printf("%d faults: %d denied, %d without consequence\n", faults_, denied_, survived_);
        RecordProperty("faults", faults_);
        EXPECT_GT(denied_, 0);
    }

    void every_call_of(const std::string& role) {
        const long calls = count_of(role);
        ASSERT_GT(calls, 0) << role;
        for (long number = 1 + offset_++ % stride(); number <= calls + stride(); number += stride())
            EXPECT_TRUE(one_fault(role, number) || number > calls * 9 / 10) << role << " " << number;
        // The count of the undisturbed run is what the next role's loop needs: it is the log's until the
        // next run.
        (void)login("none", 0);
    }

    // False: the call does not exist.
    bool one_fault(const std::string& role, long number) {
        const std::string audit = std::string(paths::kLogDir) + "/audit.jsonl";
        std::filesystem::remove_all(std::string(paths::kRunDir) + "/rates");  // every denial is recorded
        const std::size_t recorded = read_file(audit).size();
        const Outcome outcome = login(role, number);
        const std::string log = read_file(kLog), hit = line_of(log, "hit ");
        if (hit.empty()) return false;
        ++faults_;
        SCOPED_TRACE(hit + "\n" + outcome.output);
        EXPECT_EQ(line_of(log, "hang"), "");
        const std::string facts = confinement(outcome.output);
        const std::string call = std::regex_replace(hit, std::regex("^hit [a-z]+ [0-9]+ "), "");
        if (!facts.empty()) {
            ++survived_;
            EXPECT_EQ(without_numbers(facts), without_numbers(expected_));
            EXPECT_FALSE(shares_a_namespace(facts)) << facts;
            EXPECT_TRUE(harmless(hit.find("hit serving ") == 0 ? "serving" : role, call) != nullptr ||
                        (mounts_are_harmless_ && std::regex_search(call, kOfAMount)))
                << "the session opened nevertheless";
        } else {
            ++denied_;
            // The door's own part was done: then what ran was unconfined. (But the test's own fork(2).)
            EXPECT_TRUE(role != "door" || outcome.output.find("open: Success") == std::string::npos ||
                        call.starts_with("clone "));
            EXPECT_NE(outcome.status, 0);
            if (!std::regex_search(call, kBeforeMain))
                expect_reason(outcome.output,
                              read_file(audit).substr(std::min(recorded, read_file(audit).size())));
        }
        if (!std::regex_search(call, kLeavesNames)) {
            EXPECT_TRUE(traces_of(kHarlequin).empty()) << ::testing::PrintToString(traces_of(kHarlequin));
        }
        EXPECT_TRUE(processes_of(kHarlequin).empty()) << ::testing::PrintToString(processes_of(kHarlequin));
        EXPECT_EQ(read_file("/proc/self/mountinfo"), mounts_before_);
        const Outcome next = session(kHarlequin, "exit 7");
        EXPECT_EQ(WEXITSTATUS(next.status), 7) << "the next login: " << next.output;
        EXPECT_TRUE(
            eventually([] { return traces_of(kHarlequin).empty(); }));  // else the next fault meets it warm
        return true;
    }

    // The person has a line; where that only has an event id, the log has the cause under it.
    static void expect_reason(const std::string& told, const std::string& recorded) {
        EXPECT_NE(told, "") << "nobody is told why";
        std::smatch event;
        if (!std::regex_search(told, event, std::regex("not available; .*event ([0-9a-f]{8})"))) return;
        EXPECT_NE(recorded.find(event[1].str()), std::string::npos) << recorded;
        EXPECT_NE(recorded.find("\"cause\":\""), std::string::npos) << recorded;
    }

    std::vector<std::string> door_;
    std::string terminal_;  // of the door, if it has one
    std::string host_, expected_;
    bool mounts_are_harmless_ = false;
    int faults_ = 0, denied_ = 0, survived_ = 0, offset_ = 0;
};

TEST_F(LoginFaultsTest, ByPam) {
    every_call({"pam-door", JAIL_PAM_LOGIN, kServices, "door", "harlequin", "account", "open", "run=facts",
                "close"});
}

// An account that is in a jail by a group and has a shell of its own: a failure in the name services must not
// make it look like an account outside of every bound group, which PAM would let through.
TEST_F(LoginFaultsTest, ByPamForAMemberOfABoundGroup) {
    const std::string groups = std::string(paths::kStateDir) + "/groups", shell = "/bin/sh";
    const gid_t gid = kHarlequin + 7;
    std::ofstream("/etc/group", std::ios::app) << "inmates:x:" << gid << ":harlequin\n";
    ASSERT_EQ(::system(("mkdir -p " + groups + " && rm " + paths::kStateDir + "/accounts/" + harlequin_id() +
                        " && usermod -s " + shell + " harlequin")
                           .c_str()),
              0);
    std::ofstream(groups + "/" + std::to_string(gid), std::ios::binary)
        << encode(GroupRecord{"inmates", gid, "arkham"});
    ASSERT_EQ(::chmod((groups + "/" + std::to_string(gid)).c_str(), 0644), 0);
    every_call({"pam-door", JAIL_PAM_LOGIN, kServices, "mixed", "harlequin", "account", "open", "run=facts",
                "close"},
               {"door"});
    ASSERT_EQ(::system(("rm -r " + groups + " && usermod -s " + paths::kJailshell + " harlequin").c_str()),
              0);
}

// With the filter that jail-provision compiles, the rest of the policy as above.
TEST_F(LoginFaultsTest, ByPamWithFakeroot) {
    take_policy("user_namespace: fakeroot");
    every_call({"pam-door", JAIL_PAM_LOGIN, kServices, "door", "harlequin", "account", "open", "run=facts",
                "close"});
    ASSERT_NE(expected_.find("Uid:\t0\t0\t0\t0\n"), std::string::npos) << expected_;
}

// A mount that cannot be made is left out; everything else of a login is as it is without one.
TEST_F(LoginFaultsTest, ByPamWithAMountAndOneBelowIt) {
    ASSERT_EQ(::system("mkdir -p /srv/site/below && mount -t tmpfs scratch /srv/site/below"), 0);
    mounts_before_ = read_file("/proc/self/mountinfo");
    manifest_.mounts = {{"/srv/site", "/etc/skel", false, false}};
    publish();
    mounts_are_harmless_ = true;
    every_call(
        {"pam-door", JAIL_PAM_LOGIN, kServices, "door", "harlequin", "account", "open", "run=facts", "close"},
        {"init"});
    ASSERT_EQ(::system("umount /srv/site/below && rm -r /srv/site"), 0);
    mounts_before_ = read_file("/proc/self/mountinfo");
}

TEST_F(LoginFaultsTest, ByPamWhereJailshellWaitsForTheProgram) {
    manifest_.exit_status = true;
    publish();
    every_call(
        {"pam-door", JAIL_PAM_LOGIN, kServices, "door", "harlequin", "account", "open", "run=facts", "close"},
        {"session"});
}

TEST_F(LoginFaultsTest, ByLoginOnATerminal) {
    const FileDescriptor master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_TRUE(::grantpt(master.get()) == 0 && ::unlockpt(master.get()) == 0);
    terminal_ = ::ptsname(master.get());
    ASSERT_EQ(::system((std::string("cp ") + kServices + "/door " + kServices + "/login").c_str()), 0);
    every_call({"pam-door", JAIL_PAM_LOGIN, kServices, "login", "harlequin", "account", "open", "reopen",
                "run=facts", "close"},
               {"terminal"});
}

TEST_F(LoginFaultsTest, BySetuidJailshell) {
    ASSERT_EQ(::chmod(paths::kJailshell, 04711), 0);
    every_call({"jailshell", "/usr/bin/setpriv", "--reuid", harlequin_id(), "--regid", harlequin_id(),
                "--clear-groups", paths::kJailshell, "-c", "facts"});
    ASSERT_EQ(::chmod(paths::kJailshell, 0711), 0);
}

}  // namespace
}  // namespace jail::testing
