// SPDX-License-Identifier: Apache-2.0
// `jail-provision try`: a command in a jail as a build would make it, and what it missed. Inside
// scripts/sandbox.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "jail_fixture.h"
#include "shell.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class TryTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        sh("rm -rf /var/lib/jail/manifests/bane /etc/jail/jails/bane.yaml");
        policy("");
    }
    void TearDown() override {
        fs::remove("/etc/jail/jails/bane.yaml");
        JailTest::TearDown();
    }
    static void policy(const std::string& more) {
        fs::create_directories("/etc/jail/jails");
        std::ofstream("/etc/jail/jails/bane.yaml")
            << "jail: bane\ncommands: [bash, ls, cat, id, sleep, file]\nprogram_files: false\n"
            << more;
    }
    // Of a try that was run with --json.
    static json trial(const std::string& command) {
        const Ran ran = sh("jail-provision try --json bane -- " + command + " 2>/dev/null");
        const json result = json::parse(ran.output, nullptr, false);
        EXPECT_TRUE(result.is_object()) << ran.output;
        return result;
    }
    static std::vector<std::string> missing(const json& result) {
        std::vector<std::string> paths;
        for (const json& one : result["missing"]) paths.push_back(one["path"]);
        return paths;
    }
    static json seen(const json& result, const std::string& path) {
        for (const json& one : result["missing"])
            if (one["path"] == path) return one;
        return {{"package", "none"}, {"executed", false}};
    }
    // Processes of accounts that a trial makes.
    static bool anything_runs() {
        return sh("ps -eo uid= | awk '$1 >= 2000000000 && $1 < 2100000000'").output != "";
    }
};

TEST_F(TryTest, ItRunsConfinedAsAnAccountThatIsNowhereElse) {
    const Ran ran = sh(
        "jail-provision try bane -- bash -c 'id -u; id -un; pwd; ls -a / ~; cat /proc/self/status; exit 7'");
    EXPECT_EQ(ran.status, 7) << ran.output;
    const std::string uid = ran.output.substr(0, ran.output.find('\n'));
    EXPECT_GE(uid, "2000000000") << ran.output;
    for (const char* part : {"trial\n/home/trial\n", "NoNewPrivs:\t1", "CapEff:\t0000000000000000"})
        EXPECT_NE(ran.output.find(part), std::string::npos) << ran.output;
    EXPECT_FALSE(sh("getent passwd trial").status == 0);
    EXPECT_FALSE(fs::exists("/home/trial"));
    EXPECT_FALSE(fs::exists("/var/lib/jail/manifests/bane")) << "published";
    EXPECT_FALSE(anything_runs());
    EXPECT_EQ(sh("ls -d /sys/fs/cgroup/*/jail/" + uid + " 2>/dev/null").output, "");
    EXPECT_EQ(sh("grep -c trial /proc/self/mounts").output, "0\n");
}

TEST_F(TryTest, ItNamesWhatTheHostHasAndTheJailLacks) {
    const json result = trial("file -b /usr/bin/ls");
    EXPECT_NE(result["status"], 0);
    EXPECT_THAT(missing(result), ::testing::Contains("/usr/share/misc/magic.mgc"));
    EXPECT_EQ(seen(result, "/usr/share/misc/magic.mgc")["package"], "libmagic-mgc");
    std::string files;
    for (const std::string file : result["add"]["files"]) files += "\n  - " + file;
    policy("files:" + files + "\n");
    EXPECT_EQ(trial("file -b /usr/bin/ls")["status"], 0) << "the lines that it printed are what is missing";
}

TEST_F(TryTest, AProgramThatIsLookedForIsACommand) {
    const json result = trial("bash -c '/usr/bin/sed x; head /etc/passwd'");
    EXPECT_EQ(result["add"]["commands"], (json{"head", "sed"}));
    EXPECT_EQ(seen(result, "/usr/bin/sed")["executed"], true);
}

// /etc/passwd is each jail's own, /srv/secret is not everybody's, /no/where is not the host's.
TEST_F(TryTest, OnlyWhatATreeCouldHaveIsNamed) {
    std::ofstream("/srv/secret") << "x";
    fs::permissions("/srv/secret", fs::perms::owner_read);
    const json result = trial("bash -c 'cat /srv/secret /no/where /proc/x /home/x /tmp/x /run/x ~/y'");
    EXPECT_EQ(missing(result), std::vector<std::string>{});
    fs::remove("/srv/secret");
}

TEST_F(TryTest, StandardInputIsOursAndOutputIsNotATerminal) {
    EXPECT_EQ(sh("echo in | jail-provision try bane -- cat 2>/dev/null").output, "in\n");
    EXPECT_EQ(
        sh("script -qec 'jail-provision try bane -- bash -c \"[ -t 1 ] || echo none\"' /dev/null | head -1")
            .output.substr(0, 4),
        "none");
}

// systemd would take the numbers of this pid namespace for the host's.
TEST_F(TryTest, SystemdIsNotThereAndItsResolverIs) {
    fs::create_directories("/run/systemd/system");
    fs::create_directories("/run/systemd/resolve");
    std::ofstream("/run/systemd/resolve/stub-resolv.conf") << "nameserver 127.0.0.53\n";
    sh("cp -P /etc/resolv.conf /srv/resolv.conf; ln -sf /run/systemd/resolve/stub-resolv.conf "
       "/etc/resolv.conf");
    policy("network: {mode: host}\nmounts: [{source: /run/systemd, target: /srv/systemd}]\n");
    const Ran ran =
        sh("jail-provision try bane -- bash -c 'cat /etc/resolv.conf; ls /srv/systemd' 2>/dev/null");
    EXPECT_EQ(ran.output, "nameserver 127.0.0.53\nresolve\n");
    sh("cp -fP --remove-destination /srv/resolv.conf /etc/resolv.conf; rm -rf /run/systemd /srv/resolv.conf");
}

TEST_F(TryTest, AJailThatCannotBeBuiltIsNotTried) {
    policy("files: [/no/such/file]\n");
    const Ran ran = sh("jail-provision try bane -- id");
    EXPECT_EQ(ran.status, 1);
    EXPECT_NE(ran.output.find("bane.yaml:4:9: jail bane: find /no/such/file: No such file"),
              std::string::npos)
        << ran.output;
    EXPECT_EQ(sh("jail-provision try nosuch -- id").status, 1);
}

TEST_F(TryTest, KilledItLeavesNoProcess) {
    const pid_t tool = ::fork();
    if (tool == 0) {
        ::execl("/bin/sh", "sh", "-c",
                "exec jail-provision try bane -- sleep 600 > /dev/null 2>&1 < /dev/null", nullptr);
        ::_exit(127);
    }
    ASSERT_TRUE(eventually([] { return sh("pgrep -f '^sleep 600'").status == 0; }, 60));
    signal_to(tool, SIGKILL);
    (void)::waitpid(tool, nullptr, 0);
    EXPECT_TRUE(eventually([] { return !anything_runs() && sh("pgrep -f '^sleep 600'").status != 0; }));
}

}  // namespace
}  // namespace jail::testing
