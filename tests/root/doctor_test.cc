// SPDX-License-Identifier: Apache-2.0
// jail-provision doctor: each code appears with its fault, with its cure, and goes when the fault does.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "arrival_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class DoctorTest : public ArrivalTest {
protected:
    void SetUp() override {
        ArrivalTest::SetUp();
        list("shell_only");
        ASSERT_EQ(sh("jail-provision add shell_only").status, 0);
    }

    static json examine(int* status = nullptr, const std::string& arguments = {}) {
        const Ran run = sh("jail-provision doctor --json " + arguments + " 2> /dev/null");
        if (status != nullptr) *status = run.status;
        const json said = json::parse(run.output, nullptr, false);
        EXPECT_TRUE(said.is_object()) << run.output;
        return said;
    }
    // The finding of this code about this subject, or null.
    static json find(const json& said, const std::string& code, const std::string& subject) {
        for (const json& one : said["checks"])
            if (one["code"] == code && one.value("state", "") != "ok" &&
                (subject.empty() || one["subject"] == subject))
                return one;
        return {};
    }
    // The fault is seen, as `state`; and no more once it is mended.
    static void expect_seen(const std::string& code, const std::string& subject, const std::string& state,
                            const std::function<void()>& make, const std::function<void()>& mend) {
        EXPECT_TRUE(find(examine(), code, subject).is_null()) << code << " before";
        make();
        int status = 0;
        const json found = find(examine(&status), code, subject);
        ASSERT_FALSE(found.is_null()) << code << "\n" << examine().dump(1);
        EXPECT_EQ(found["state"], state) << found;
        EXPECT_FALSE(found["evidence"].get<std::string>().empty());
        EXPECT_GE(status, state == "broken" ? 2 : state == "problem" ? 1 : 0) << code;
        mend();
        EXPECT_TRUE(find(examine(), code, subject).is_null()) << code << " after";
    }
    static std::function<void()> by(const std::string& command) {
        return [command] { EXPECT_EQ(sh(command).status, 0) << command; };
    }
};

TEST_F(DoctorTest, AWholeHostIsHealthyAndSaysWhatWasLookedAt) {
    int status = -1;
    const json said = examine(&status);
    EXPECT_EQ(status, 0) << said.dump(1);
    EXPECT_EQ(said["schema"], 1);
    EXPECT_EQ(said["ok"], true);
    for (const char* group : {"doors", "accounts", "host"})
        EXPECT_TRUE(std::any_of(said["checks"].begin(), said["checks"].end(), [&](const json& one) {
            return one["group"] == group && one["state"] == "ok";
        })) << group;
    const Ran told = sh("jail-provision doctor");
    EXPECT_TRUE(has(told.output, "DOORS\n")) << told.output;
    EXPECT_TRUE(has(told.output, "shell_only: can log in to jail gotham")) << told.output;
    EXPECT_TRUE(has(told.output, "0 problems, 0 broken, ")) << told.output;
}

TEST_F(DoctorTest, DoorsThatAreOpen) {
    for (const char* service : {"sshd", "su", "cron", "login"})
        expect_seen(
            std::string("pam.") + service + ".missing", service, "problem",
            [&] { write_service(service, false); },
            [&] {
                const json found = find(examine(), std::string("pam.") + service + ".missing", service);
                ASSERT_FALSE(found.is_null());
                EXPECT_EQ(sh(found["fix"].get<std::string>()).status, 0) << found["fix"];
            });
    const std::string stack = read_file("/etc/pam.d/sshd");
    expect_seen(
        "pam.sshd.order", "sshd", "problem",
        [&] { std::ofstream("/etc/pam.d/sshd") << stack << "session optional pam_motd.so\n"; },
        [&] { std::ofstream("/etc/pam.d/sshd") << stack; });
    expect_seen(
        "pam.su.broken", "su", "broken",
        [] { std::ofstream("/etc/pam.d/su", std::ios::app) << "@include no-such-file\n"; },
        [] {
            close_doors();
            sh("sed -i /no-such-file/d /etc/pam.d/su");
        });
    const std::string config = read_file("/etc/ssh/sshd_config");
    expect_seen(
        "sshd.usepam", "sshd", "problem",
        [&] { std::ofstream("/etc/ssh/sshd_config") << "UsePAM no\n"
                                                    << config; },
        [&] { std::ofstream("/etc/ssh/sshd_config") << config; });
}

TEST_F(DoctorTest, FixClosesOneDoorAndKeepsACopy) {
    write_service("su", false);
    write_service("cron", false);
    const std::string before = read_file("/etc/pam.d/su");
    const Ran shown = sh("jail-provision doctor --fix pam.su.missing --dry-run");
    EXPECT_EQ(shown.status, 0) << shown.output;
    EXPECT_TRUE(has(shown.output, "+@include jail\n")) << shown.output;
    EXPECT_EQ(read_file("/etc/pam.d/su"), before);
    EXPECT_EQ(sh("jail-provision doctor --fix pam.su.missing").status, 0);
    EXPECT_EQ(read_file("/etc/pam.d/su"), before + "@include jail\n");
    EXPECT_EQ(read_file("/etc/pam.d/su.before-jailshell"), before);
    EXPECT_TRUE(find(examine(), "pam.su.missing", "su").is_null());
    EXPECT_FALSE(find(examine(), "pam.cron.missing", "cron").is_null()) << "nobody asked for that";
    EXPECT_EQ(sh("jail-provision doctor --fix pam.su.missing").status, 1) << "nothing to mend";
    EXPECT_EQ(sh("jail-provision doctor --fix account.home").status, 1) << "by hand";
    sh("rm /etc/pam.d/su.before-jailshell");
}

TEST_F(DoctorTest, FixPutsAFileBackThatTheLineDoesNotClose) {
    const std::string stack = "session sufficient pam_unix.so\n" + without_jail(read_file("/etc/pam.d/su"));
    std::ofstream("/etc/pam.d/su") << stack;
    const Ran run = sh("jail-provision doctor --fix pam.su.missing");
    EXPECT_EQ(run.status, 1) << run.output;
    EXPECT_TRUE(has(run.output, "is as it was")) << run.output;
    EXPECT_EQ(read_file("/etc/pam.d/su"), stack);
    sh("rm -f /etc/pam.d/su.before-jailshell; sed -i '/sufficient pam_unix.so$/d' /etc/pam.d/su");
}

TEST_F(DoctorTest, InternalSftpForAnAccountThatMayNotHaveIt) {
    policy("gotham", "accounts: [shell_only]\naccess: {shell: true, sftp: false}\n");
    ASSERT_EQ(sh("jail-provision build gotham").status, 0);
    const std::string config = read_file("/etc/ssh/sshd_config");
    expect_seen(
        "sshd.internal-sftp-without-policy", "shell_only", "problem",
        [&] {
            std::ofstream("/etc/ssh/sshd_config") << config;
            sh("sed -i 's/^Subsystem.*/Subsystem sftp internal-sftp/' /etc/ssh/sshd_config");
        },
        [&] { std::ofstream("/etc/ssh/sshd_config") << config; });
}

TEST_F(DoctorTest, AnotherSshdWithAConfigurationOfItsOwn) {
    const std::string unit = "/etc/systemd/system/ssh2.service", config = "/etc/ssh/sshd_config2";
    sh("mkdir -p /etc/systemd/system");
    std::ofstream(unit) << "[Service]\nExecStart=-/usr/sbin/sshd -D -f " << config << " $SSHD_OPTS\n";
    const std::string keys = "HostKey /etc/ssh/ssh_host_ed25519_key\nPort 2222\n";
    std::ofstream(config) << keys << "UsePAM yes\n";
    sh("ssh-keygen -q -A");
    expect_seen(
        "sshd.usepam", "sshd -f " + config, "problem",
        [&] { std::ofstream(config) << keys << "UsePAM no\n"; },
        [&] {
            const json found = find(examine(), "sshd.usepam", "sshd -f " + config);
            ASSERT_FALSE(found.is_null());
            EXPECT_TRUE(has(found["evidence"], unit)) << found;
            EXPECT_EQ(sh(found["fix"].get<std::string>()).status, 0) << found["fix"];
        });
    sh("rm " + unit + " " + config);
}

TEST_F(DoctorTest, AnAccountsProcessThatLooksLikeSshdIsNotBelieved) {
    const std::string config = "/home/shell_only/config";
    std::ofstream(config) << "UsePAM no\n";
    sh("cp /bin/dash /home/shell_only/sshd");
    const pid_t imitation = start(
        "--reuid=shell_only --regid=shell_only --clear-groups /bin/bash -c 'exec -a /usr/sbin/sshd "
        "/home/shell_only/sshd -c \"sleep 1000; :\" x -f " +
            config + "' ",
        "");
    const json said = examine();
    ASSERT_FALSE(said["checks"].empty());
    for (const json& one : said["checks"]) EXPECT_FALSE(has(one["subject"].dump(), config)) << one;
    ::kill(imitation, SIGKILL);
    sh("pkill -x sleep; rm -f /home/shell_only/sshd " + config);
}

TEST_F(DoctorTest, WhatTheYamlSkipsIsANoteWithItsReason) {
    write_service("su", false);
    int status = 0;
    EXPECT_FALSE(find(examine(&status), "pam.su.missing", "su").is_null());
    EXPECT_EQ(status, 1);
    std::ofstream("/etc/jail/jail.yaml") << "skip: {pam.su.missing: only root has su}\n";
    const json found = find(examine(&status), "pam.su.missing", "su");
    EXPECT_EQ(found["state"], "note") << found;
    EXPECT_EQ(found["skipped"], "only root has su");
    EXPECT_EQ(status, 0);
    std::ofstream("/etc/jail/jail.yaml") << "";
    policy("gotham", "accounts: [shell_only]\nskip: {pam.su.missing: mine, group.root-like: known}\n");
    EXPECT_EQ(sh("groupadd -f docker && usermod -aG docker shell_only").status, 0);
    const json all = examine();
    EXPECT_EQ(find(all, "pam.su.missing", "su")["state"], "problem") << "a jail has no say over doors";
    EXPECT_EQ(find(all, "group.root-like", "shell_only")["state"], "note") << all.dump(1);
    sh("gpasswd -d shell_only docker; rm /etc/jail/jail.yaml");
}

TEST_F(DoctorTest, AccountsThatCannotLogIn) {
    expect_seen("account.home", "shell_only", "broken", by("mv /home/shell_only /home/aside"),
                by("mv /home/aside /home/shell_only"));
    expect_seen("account.uid", "shell_only", "broken", by("usermod -u 54321 shell_only"),
                by("usermod -u $(ls /var/lib/jail/accounts | grep -v before | head -n 1) shell_only"));
    expect_seen("account.jail", "shell_only", "broken", by("mv /var/lib/jail/manifests/gotham /tmp/gotham"),
                by("mv /tmp/gotham /var/lib/jail/manifests/gotham"));
    expect_seen("account.locked", "shell_only", "note", by("usermod -s /usr/sbin/nologin shell_only"),
                by("usermod -s /usr/bin/jailshell shell_only"));
    expect_seen("account.missing", "shell_only", "broken", by("userdel shell_only"),
                by("jail-provision remove shell_only"));
}

TEST_F(DoctorTest, WhatAnAccountHasOutside) {
    pid_t outside = 0;
    expect_seen(
        "process.outside", "shell_only", "problem",
        [&] { outside = start("--reuid=shell_only --regid=shell_only --clear-groups"); },
        [&] {
            ::kill(outside, SIGKILL);
            for (int i = 0; i < 100 && fs::exists("/proc/" + std::to_string(outside) + "/exe"); ++i)
                ::usleep(20'000);
        });
    write_service("cron", false);
    expect_seen("cron.open", "shell_only", "problem",
                by("mkdir -p /var/spool/cron/crontabs && touch /var/spool/cron/crontabs/shell_only"),
                by("rm /var/spool/cron/crontabs/shell_only"));
    write_service("cron", true);
    expect_seen("group.root-like", "shell_only", "problem",
                by("groupadd -f docker && usermod -aG docker shell_only"),
                by("gpasswd -d shell_only docker"));
}

TEST_F(DoctorTest, JailsThatAreStaleOrDamaged) {
    expect_seen(
        "jail.stale", "gotham", "problem",
        [] { policy("gotham", "accounts: [shell_only]\nhostname: other\n"); },
        by("jail-provision build gotham"));
    expect_seen(
        "jail.config", "gotham", "problem", [] { policy("gotham", "comands: [ls]\n"); },
        [] { policy("gotham", "accounts: [shell_only]\nhostname: other\n"); });
    expect_seen(
        "jail.no-limits", "gotham", "note",
        [] {
            policy("gotham", "accounts: [shell_only]\nlimits: {memory: none}\n");
            sh("jail-provision build gotham");
        },
        [] {
            policy("gotham", "accounts: [shell_only]\n");
            sh("jail-provision build gotham");
        });
    expect_seen(
        "jail.unpublished", "blackgate", "note", [] { policy("blackgate", ""); },
        by("rm /etc/jail/jails/blackgate.yaml"));
    expect_seen("jail.orphan", "gotham", "problem", by("mv /etc/jail/jails/gotham.yaml /tmp/gotham.yaml"),
                by("mv /tmp/gotham.yaml /etc/jail/jails/gotham.yaml"));
    const std::string file = sh("ls -d /var/lib/jail/trees/*/usr/bin/bash | tail -n 1").output;
    const std::string place = file.substr(0, file.find('\n'));
    ASSERT_EQ(sh("chmod 700 " + place).status, 0);
    EXPECT_FALSE(find(examine(nullptr, "--trees"), "tree.drift", "gotham").is_null());
    EXPECT_TRUE(find(examine(), "tree.drift", "gotham").is_null()) << "files of trees are read on request";
    EXPECT_EQ(sh("jail-provision verify-tree --repair gotham").status, 0);
    EXPECT_TRUE(find(examine(nullptr, "--trees"), "tree.drift", "gotham").is_null());
}

TEST_F(DoctorTest, TheHost) {
    expect_seen("user.recorder", "", "note", by("sed -i.aside /^_jail-recorder:/d /etc/passwd"),
                by("mv /etc/passwd.aside /etc/passwd"));
    expect_seen("version.mismatch", "", "broken",
                by("mv /usr/libexec/jail/jail-recorder /usr/libexec/jail/aside"),
                by("mv /usr/libexec/jail/aside /usr/libexec/jail/jail-recorder"));
}

TEST_F(DoctorTest, OneAccountAndWrongUsage) {
    int status = -1;
    const json said = examine(&status, "--account shell_only");
    EXPECT_EQ(status, 0) << said.dump(1);
    EXPECT_EQ(sh("jail-provision doctor --account nobody").status, 1);
    EXPECT_EQ(sh("jail-provision doctor --bogus").status, 64);
    const Ran run = sh("jail-provision docter");
    EXPECT_EQ(run.status, 64);
    EXPECT_TRUE(has(run.output, "'docter' is not a command, did you mean 'doctor'?")) << run.output;
}

}  // namespace
}  // namespace jail::testing
