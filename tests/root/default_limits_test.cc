// SPDX-License-Identifier: Apache-2.0
// Three lines of YAML, built by jail-provision: the default limits hold, and hold for others too.
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>

#include "datagram_sink.h"
#include "jail_fixture.h"
#include "libjail/confine/cgroup.h"
#include "libjail/policy/paths.h"
#include "libjail/policy/trusted_store.h"
#include "tests/closed_doors.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

class DefaultLimitsTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        close_doors();
        std::ofstream(kHostFile) << "grace: 0s\n";  // the host does not set limits
        policy("");
    }
    void TearDown() override {
        for (const pid_t pid : started_) {
            ::kill(pid, SIGKILL);
            ::waitpid(pid, nullptr, 0);
        }
        JailTest::TearDown();
        fs::remove(kFile);
        fs::remove(kHostFile);
        publish();
    }

    // The jail of both accounts, with these lines beside its three.
    static void policy(const std::string& more) {
        std::ofstream(kFile)
            << "jail: three\naccounts: [harlequin, ivy]\ncommands: [bash, cat, sleep, tail]\n"
            << more;
        for (const uid_t uid : {kHarlequin, kIvy})
            fs::remove(std::string(paths::kStateDir) + "/accounts/" + std::to_string(uid));
        const Outcome added = run(
            [] { return ::execlp("jail-provision", "jail-provision", "add", "harlequin", "ivy", nullptr); });
        ASSERT_EQ(added.status, 0) << added.output;
    }
    void keep(uid_t uid, const std::string& command) { started_.push_back(start_session(uid, command)); }
    static std::size_t sleepers() {
        std::size_t count = 0;
        for (const pid_t pid : processes_of(kHarlequin))
            if (read_file("/proc/" + std::to_string(pid) + "/comm") == "sleep\n") ++count;
        return count;
    }

    static bool unified() { return fs::exists("/sys/fs/cgroup/cgroup.controllers"); }
    // A file of harlequin's control group, by its names in v2 and in v1.
    static std::string in_group(const std::string& v2, const std::string& v1) {
        const std::string scope = "/sys/fs/cgroup/jail.slice/jail-harlequin.scope/";
        if (unified() && fs::exists(scope)) return read_file(scope + v2);
        const std::string controller = v1.substr(0, v1.find('.'));
        return read_file(unified() ? "/sys/fs/cgroup/jail/" + harlequin_id() + "/" + v2
                                   : "/sys/fs/cgroup/" + controller + "/jail/" + harlequin_id() + "/" + v1);
    }
    static std::uint64_t number_after(const std::string& text, const std::string& word) {
        const std::size_t at = text.find(word);
        return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + word.size(), nullptr, 10);
    }
    static std::uint64_t expected_memory() {
        const std::uint64_t quarter = number_after(read_file("/proc/meminfo"), "MemTotal:") * 1024 / 4;
        constexpr std::uint64_t kStep = 64u << 20;
        return std::clamp<std::uint64_t>(quarter / kStep * kStep, kStep, 2ull << 30);
    }

    // Of a login of ivy, from the door to the end of its command, and of a program on the host; medians.
    struct Pace {
        double login = 0, host = 0;
    };
    Pace pace() {
        std::vector<double> logins, programs;
        for (int i = 0; i < 5; ++i) {
            logins.push_back(seconds([&] { EXPECT_EQ(session(kIvy, "echo in").output, "in\n"); }));
            programs.push_back(seconds([] {
                EXPECT_EQ(run([] { return ::execl("/bin/echo", "echo", "on", nullptr); }).output, "on\n");
            }));
        }
        for (auto* times : {&logins, &programs}) std::sort(times->begin(), times->end());
        return {logins[2], programs[2]};
    }
    static double seconds(const std::function<void()>& work) {
        const auto start = std::chrono::steady_clock::now();
        work();
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    // Fast enough for a person though the machine is busy, against the same run on a quiet one.
    static void expect_responsive(const Pace& busy, const Pace& quiet) {
        EXPECT_LT(busy.login, 20 * quiet.login);
        EXPECT_LT(busy.host, 20 * quiet.host);
    }

    static constexpr char kHostFile[] = "/etc/jail/jail.yaml";
    static constexpr char kFile[] = "/etc/jail/jails/three.yaml";
    std::vector<pid_t> started_;
};

TEST_F(DefaultLimitsTest, ThreeLinesOfYamlGiveTheseLimits) {
    keep(kHarlequin, "exec sleep 100000");
    ASSERT_TRUE(eventually([] { return sleepers() == 1; }));
    EXPECT_EQ(in_group("memory.max", "memory.limit_in_bytes"), std::to_string(expected_memory()) + "\n");
    EXPECT_EQ(in_group("pids.max", "pids.max"), "256\n");
    if (unified() && fs::exists("/proc/swaps")) {
        EXPECT_EQ(in_group("memory.swap.max", "-"), "0\n");
    }
    if (!unified() && fs::exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes")) {
        EXPECT_EQ(in_group("-", "memory.memsw.limit_in_bytes"), std::to_string(expected_memory()) + "\n");
    }
    const std::string limits = session(kHarlequin, "cat /proc/self/limits").output;
    EXPECT_NE(limits.find("Max open files            1024                 1024 "), std::string::npos)
        << limits;
    EXPECT_EQ(load_manifest("three").value().limits.sessions, 16u);
}

TEST_F(DefaultLimitsTest, NoneIsTheOnlyWordThatTakesThemAway) {
    policy("limits: {memory: none, tasks: none, sessions: none, open_files: none}\n");
    keep(kHarlequin, "exec sleep 100000");
    ASSERT_TRUE(eventually([] { return sleepers() == 1; }));
    EXPECT_EQ(in_group("pids.max", "pids.max"), "max\n");
    const std::string memory = in_group("memory.max", "memory.limit_in_bytes");
    EXPECT_TRUE(memory == "max\n" || std::stoull(memory) > 1ull << 60) << memory;
    const Limits limits = load_manifest("three").value().limits;
    EXPECT_EQ(limits.sessions + limits.open_files, 0u);
}

// A container, often: for as long as this lives no control group has a controller, or all are read-only.
class WithoutControllers {
public:
    explicit WithoutControllers(bool read_only = false) {
        const std::string top = "/sys/fs/cgroup/", unified = top + "cgroup.controllers";
        if (fs::exists(unified)) mount_over(unified, "/dev/null", nullptr, MS_BIND);
        for (const char* hierarchy : {"memory", "pids", "cpu", "blkio"}) {
            const std::string path = top + hierarchy;
            if (!fs::exists(path)) continue;
            mount_over(path, read_only ? path.c_str() : "none", "tmpfs", read_only ? MS_BIND : 0);
            if (read_only) mount_over(path, nullptr, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY);
        }
    }
    ~WithoutControllers() {
        for (const std::string& path : hidden_) EXPECT_EQ(::umount2(path.c_str(), MNT_DETACH), 0) << path;
    }
    WithoutControllers(const WithoutControllers&) = delete;
    WithoutControllers& operator=(const WithoutControllers&) = delete;

private:
    void mount_over(const std::string& path, const char* source, const char* type, unsigned long flags) {
        EXPECT_EQ(::mount(source, path.c_str(), type, flags, nullptr), 0) << path;
        if ((flags & MS_REMOUNT) == 0) hidden_.push_back(path);
    }
    std::vector<std::string> hidden_;
};

TEST_F(DefaultLimitsTest, WhereNothingCountsTheDefaultsAreLeftOutAndTheLogSaysSo) {
    DatagramSink syslog("/dev/log");
    for (const bool read_only : {false, true}) {
        const WithoutControllers container(read_only);
        EXPECT_EQ(session(kHarlequin, "echo in").output, "in\n") << read_only;
        EXPECT_TRUE(eventually([&] {
            (void)syslog.received();  // it holds ten, and then those that log wait
            return traces_of(kHarlequin).empty();
        })) << ::testing::PrintToString(traces_of(kHarlequin));
    }
    for (const char* key : {"memory", "swap", "tasks"})
        EXPECT_EQ(syslog.with("this host cannot limit " + std::string(key) + "; it runs without that default")
                      .size(),
                  2u)
            << key << ::testing::PrintToString(syslog.received());
    EXPECT_EQ(session(kHarlequin, "echo in").output, "in\n");
    EXPECT_EQ(syslog.with("cannot limit").size(), 6u) << "and only there";
}

TEST_F(DefaultLimitsTest, WhereNothingCountsWhatWasAskedForIsRefused) {
    policy("limits: {tasks: 40}\n");
    const WithoutControllers container;
    const Outcome refused = session(kHarlequin, "echo in");
    EXPECT_EQ(WEXITSTATUS(refused.status), 100) << refused.output;
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
    const Outcome checked =
        run([] { return ::execlp("jail-provision", "jail-provision", "check", nullptr); });
    EXPECT_EQ(WEXITSTATUS(checked.status), 1);
    EXPECT_NE(checked.output.find("three.yaml:4:17: this host cannot limit tasks"), std::string::npos)
        << checked.output;
    EXPECT_NE(checked.output.find("note: /etc/jail/jails/three.yaml:1:7: this host cannot limit memory"),
              std::string::npos)
        << checked.output;
}

TEST_F(DefaultLimitsTest, TheSeventeenthSessionIsRefusedInWords) {
    for (int i = 0; i < 16; ++i) keep(kHarlequin, "exec sleep 100000");
    ASSERT_TRUE(eventually([] { return sleepers() == 16; }, 600)) << sleepers();
    const Outcome refused = session(kHarlequin, "echo in");
    EXPECT_EQ(WEXITSTATUS(refused.status), 100);
    EXPECT_NE(
        refused.output.find("this account has as many sessions open as it may (16); end one of them first"),
        std::string::npos)
        << refused.output;
    EXPECT_EQ(session(kIvy, "echo in").output, "in\n") << "another account of the jail has its own sixteen";
}

TEST_F(DefaultLimitsTest, AForkBombLeavesTheHostAndOtherJailsResponsive) {
    const Pace quiet = pace();
    // Shells wait before they fork again: those that only run are what the others feel.
    keep(kHarlequin,
         "for i in {1..240}; do while :; do :; done & done;"
         "bomb() { bomb | bomb & }; bomb 2> /dev/null; wait");
    ASSERT_TRUE(
        eventually([] { return number_after(in_group("pids.events", "pids.events"), "max ") > 0; }, 600))
        << "the bomb is at its limit";
    const Pace busy = pace();
    EXPECT_LE(std::stoull(in_group("pids.current", "pids.current")), 256u);
    EXPECT_GT(processes_of(kHarlequin).size(), 200u);
    expect_responsive(busy, quiet);
}

TEST_F(DefaultLimitsTest, AMemoryHogLeavesTheHostAndOtherJailsResponsive) {
    const Pace quiet = pace();
    keep(kHarlequin, "while :; do tail /dev/zero; done 2> /dev/null");
    const auto kills = [] {
        return number_after(in_group("memory.events", "memory.oom_control"), "oom_kill ");
    };
    ASSERT_TRUE(eventually([&] { return kills() > 0; }, 600));
    const Pace busy = pace();
    EXPECT_TRUE(eventually([&] { return kills() > 1; }, 600)) << "the hog goes on, and so does its end";
    EXPECT_LE(std::stoull(in_group("memory.current", "memory.usage_in_bytes")), expected_memory());
    expect_responsive(busy, quiet);
}

}  // namespace
}  // namespace jail::testing
