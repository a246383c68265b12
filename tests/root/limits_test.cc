// SPDX-License-Identifier: Apache-2.0
// What the policy limits, at the limit: the account is held, others are not, and the administrator gets in.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>

#include "jail_fixture.h"
#include "libjail/confine/block_device.h"
#include "libjail/confine/cgroup.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

class LimitsTest : public JailTest {
protected:
    void TearDown() override {
        for (const pid_t pid : started_) {
            ::kill(pid, SIGKILL);
            ::waitpid(pid, nullptr, 0);
        }
        JailTest::TearDown();
    }
    // A session of harlequin that goes on until the test ends.
    void keep(const std::string& command) { started_.push_back(start_session(kHarlequin, command)); }

    static Outcome provision(const std::string& arguments) {
        return run([&] { return WEXITSTATUS(::system(("jail-provision " + arguments).c_str())); });
    }
    void fork_bomb() {
        manifest_.limits.tasks = 30;
        // What failed forks leave to be freed later (the kernel's RCU) counts until then: with little memory
        // a fast machine ends the bomb for lack of it.
        manifest_.limits.memory_bytes = 1u << 30;
        publish();
        keep("bomb");
        ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() >= 28; }));
    }

    std::vector<pid_t> started_;
};

TEST_F(LimitsTest, AShareOfTheProcessorIsAllThatIsHad) {
    manifest_.limits.cpu_percent = 20;
    publish();
    const Outcome outcome = session(kHarlequin, "spin 3");
    ASSERT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_GT(std::stoi(outcome.output), 0);
    EXPECT_LT(std::stoi(outcome.output), 1200) << "of 3000 ms, 20% is 600";
}

TEST_F(LimitsTest, AProcessOutOfCpuTimeEndsByTheSignalThatSaysSo) {
    manifest_.limits.cpu_seconds = 1;
    publish();
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "spin 600").status), 128 + SIGXCPU);
    EXPECT_EQ(WEXITSTATUS(session_without_shell(kHarlequin, "spin 600").status), 128 + SIGXCPU);
}

TEST_F(LimitsTest, SwapIsPartOfTheLimit) {
    manifest_.limits.swap_bytes = 16u << 20;
    manifest_.limits.swap_is_default = false;
    publish();
    keep("sleep 60");
    ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() >= 2; }));
    std::string unified = "/sys/fs/cgroup/jail.slice/jail-harlequin.scope/memory.swap.max";
    if (!fs::exists(unified)) unified = "/sys/fs/cgroup/jail/" + harlequin_id() + "/memory.swap.max";
    const std::string legacy =
        "/sys/fs/cgroup/memory/jail/" + harlequin_id() + "/memory.memsw.limit_in_bytes";
    ASSERT_TRUE(fs::exists(unified) || fs::exists(legacy));
    EXPECT_EQ(read_file(fs::exists(unified) ? unified : legacy),
              std::to_string(fs::exists(unified) ? 16u << 20 : (16u << 20) + (64u << 20)) + "\n");
}

// Homes of the sandbox are on an overlay, which is on no device: then a directory of the build is the home.
class DiskTest : public LimitsTest {
protected:
    void SetUp() override {
        LimitsTest::SetUp();
        if (block_device_of(kHome)) return;
        directory_ = fs::path(JAIL_PROBE).parent_path() / "home-on-disk";
        fs::create_directories(directory_);
        ASSERT_EQ(::chown(directory_.c_str(), kHarlequin, kHarlequin), 0);
        ASSERT_EQ(::mount(directory_.c_str(), kHome, nullptr, MS_BIND, nullptr), 0);
    }
    void TearDown() override {
        if (!directory_.empty()) {
            EXPECT_EQ(::umount2(kHome, MNT_DETACH), 0);
            fs::remove_all(directory_);
        }
        LimitsTest::TearDown();
    }
    static constexpr char kHome[] = "/home/harlequin";
    fs::path directory_;
};

TEST_F(DiskTest, WritesToTheHomesDeviceAreSlowedDown) {
    const Outcome free = session(kHarlequin, "write-direct /home/harlequin/x 3");
    ASSERT_EQ(free.status, 0) << free.output;
    manifest_.limits.io_write_bytes = 1u << 20;
    publish();
    const Outcome limited = session(kHarlequin, "write-direct /home/harlequin/x 3");
    ASSERT_EQ(limited.status, 0) << limited.output;
    EXPECT_GT(std::stoi(limited.output), 2 * std::stoi(free.output)) << free.output;
}

TEST_F(LimitsTest, AHomeWhoseDeviceCannotBeLimitedIsRefused) {
    ASSERT_EQ(::mount("none", "/home/harlequin", "tmpfs", 0,
                      ("mode=0700,uid=" + harlequin_id() + ",gid=" + harlequin_id()).c_str()),
              0);
    manifest_.limits.io_write_bytes = 1u << 20;
    publish();
    const Outcome outcome = session(kHarlequin, "facts");
    EXPECT_EQ(::umount2("/home/harlequin", MNT_DETACH), 0);
    EXPECT_EQ(WEXITSTATUS(outcome.status), 100);
    EXPECT_NE(outcome.output.find("block device of /home/harlequin"), std::string::npos) << outcome.output;
}

TEST_F(LimitsTest, AHostWithoutTheControllerIsSaidToBeOne) {
    Limits limits;
    limits.memory_bytes = 1u << 30;
    limits.tasks = limits.cpu_percent = limits.io_read_bytes = 1 << 20;
    EXPECT_EQ(unenforceable(limits, "/var/empty-hierarchy"),
              (std::vector<std::string>{"memory", "swap", "tasks", "cpu", "io"}));
    EXPECT_FALSE(Cgroup::create(kHarlequin, limits, "/", "/var/empty-hierarchy"));
    EXPECT_FALSE(fs::exists("/var/empty-hierarchy")) << "nothing was made";
    limits.cpu_percent = limits.io_read_bytes = 0;
    limits.memory_is_default = limits.swap_is_default = true;
    EXPECT_FALSE(Cgroup::create(kHarlequin, limits, "/", "/var/empty-hierarchy")) << "tasks are asked for";
    limits.tasks_are_default = true;
    const auto without = Cgroup::create(kHarlequin, limits, "/", "/var/empty-hierarchy");
    ASSERT_TRUE(without) << without.error().message();
    EXPECT_TRUE(without.value().directories().empty()) << "defaults are left out";
    EXPECT_EQ(unenforceable({}, "/var/empty-hierarchy"), std::vector<std::string>());
}

TEST_F(LimitsTest, AtTheTaskLimitALoginIsToldSo) {
    fork_bomb();
    const Outcome outcome = session(kHarlequin, "facts");
    EXPECT_EQ(WEXITSTATUS(outcome.status), 100);
    EXPECT_NE(outcome.output.find("this account runs as many processes as it may (30)"), std::string::npos)
        << outcome.output;
}

TEST_F(LimitsTest, WhateverOneJailDoesAnotherLogsIn) {
    for (const char* hog : {"bomb", "spin 600", "allocate 60", "fill /tmp/x"}) {
        keep(hog);
        ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() >= 2; })) << hog;
        for (int i = 0; i < 5; ++i) {
            const Outcome outcome = session(kIvy, "write /tmp/mine");
            EXPECT_EQ(outcome.output, "ok\n") << hog;
        }
    }
}

TEST_F(LimitsTest, ATmpThatIsFullIsFullForItsJailOnly) {
    manifest_.tmp_bytes = 4u << 20;
    publish();
    EXPECT_EQ(session(kHarlequin, "fill /tmp/x").output, "No space left on device after 4\n");
    EXPECT_EQ(session(kHarlequin, "fill /dev/shm/x").output, "No space left on device after 4\n");
    EXPECT_EQ(session(kIvy, "write /tmp/x").output, "ok\n");
}

TEST_F(LimitsTest, TheAdministratorEntersAtTheTaskLimit) {
    fork_bomb();
    const Outcome outcome = provision("enter harlequin facts");
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_NE(outcome.output.find("hostname arkham"), std::string::npos) << outcome.output;
    EXPECT_NE(outcome.output.find("Uid:\t" + harlequin_id() + "\t" + harlequin_id()), std::string::npos);
    EXPECT_NE(outcome.output.find("CapBnd:\t0000000000000000"), std::string::npos);
    EXPECT_NE(outcome.output.find("Seccomp:\t2"), std::string::npos);
    EXPECT_EQ(provision("enter harlequin fork 10").output.substr(0, 2), "0\n")
        << "under the account's limits";
    EXPECT_EQ(provision("enter --root harlequin probe fork 10").output.substr(0, 3), "10\n") << "root is not";
}

TEST_F(LimitsTest, TheAdministratorIsNotCountedAsASession) {
    manifest_.limits.sessions = 1;
    publish();
    keep("sleep 60");
    ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() >= 2; }));
    EXPECT_EQ(WEXITSTATUS(provision("enter harlequin exit 7").status), 7);
    EXPECT_NE(session(kHarlequin, "facts").output.find("as many sessions open as it may (1)"),
              std::string::npos);
}

TEST_F(LimitsTest, EnteringStartsAJailThatDoesNotRun) {
    EXPECT_EQ(WEXITSTATUS(provision("enter harlequin exit 42").status), 42);
    EXPECT_EQ(provision("enter harlequin list /home").output, "harlequin\n");
    EXPECT_NE(provision("enter --root harlequin probe facts").output.find("Uid:\t0\t0\t0\t0"),
              std::string::npos);
    EXPECT_EQ(WEXITSTATUS(provision("enter alfred-of-nowhere").status), 1);
    EXPECT_EQ(WEXITSTATUS(provision("enter nobody").status), 1) << "in no jail";
}

TEST_F(LimitsTest, AnIdleSessionEndsAndABusyOneDoesNot) {
    manifest_.limits.idle_seconds = 2;
    publish();
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "sleep 60").status), 128 + SIGTERM);
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "spin 5").status), 0);
    EXPECT_EQ(WEXITSTATUS(provision("enter harlequin sleep 5").status), 0) << "the administrator may be idle";
}

TEST_F(LimitsTest, ASessionThatLastsTooLongEndsThoughItIsBusyAndOthersDoNot) {
    manifest_.limits.session_seconds = 3;
    publish();
    keep("sleep 2");
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "spin 600").status), 128 + SIGTERM);
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
}

TEST_F(LimitsTest, ASessionThatDoesNotListenIsKilled) {
    manifest_.limits.session_seconds = 1;
    publish();
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "deaf 60").status), 128 + SIGKILL);
    EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).empty(); }));
}

TEST_F(LimitsTest, KillEndsAForkBombAtOnce) {
    fork_bomb();
    const Outcome outcome = provision("kill harlequin");
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_NE(outcome.output.find("harlequin: ended its jail, sessions: 1, processes: "), std::string::npos)
        << outcome.output;
    EXPECT_TRUE(processes_of(kHarlequin).empty());
    EXPECT_EQ(provision("kill harlequin").output, "harlequin: no jail runs\n");
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7) << "the next login starts afresh";
}

TEST_F(LimitsTest, AnAccountWithOpenSessionsIsNotRemovedAndAWarmJailDoesNotCount) {
    manifest_.grace_seconds = 60;
    publish();
    keep("sleep 60");
    ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() >= 2; }));
    const Outcome refused = provision("remove harlequin");
    EXPECT_EQ(WEXITSTATUS(refused.status), 1);
    EXPECT_NE(refused.output.find("has open sessions; jail-provision kill harlequin ends it, or say --force"),
              std::string::npos)
        << refused.output;
    ::kill(started_.back(), SIGKILL);
    const std::string passwd = read_file("/etc/passwd");
    EXPECT_TRUE(eventually([] { return provision("remove harlequin").status == 0; }));
    EXPECT_EQ(supervisor_of(kHarlequin), 0) << "it was warm, and has ended";
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 100) << "nobody is let into another";
    std::ofstream("/etc/passwd") << passwd;
}

TEST_F(LimitsTest, KillDoesNotNeedASupervisorThatAnswers) {
    keep("sleep 60");
    ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() >= 2; }));
    signal_to(supervisor_of(kHarlequin), SIGSTOP);
    const Outcome outcome = provision("kill --json harlequin");
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_NE(outcome.output.find("\"ended\": true"), std::string::npos) << outcome.output;
    EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).empty(); }));
    session(kHarlequin, "exit 0");  // takes over what the killed one left
}

TEST_F(LimitsTest, KillRefusesWhoIsInNoJail) {
    EXPECT_EQ(WEXITSTATUS(provision("kill alfred-of-nowhere").status), 1);
    EXPECT_EQ(WEXITSTATUS(provision("kill nobody").status), 1);
}

TEST_F(LimitsTest, AProcessIsNotBusyByItsName) {
    manifest_.limits.idle_seconds = 2;
    publish();
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "sleep-named 60").status), 128 + SIGTERM);
}

}  // namespace
}  // namespace jail::testing
