// SPDX-License-Identifier: Apache-2.0
// An installation that was weakened: each weakness turns a proof that was green red, and by the right rows.
#include <linux/filter.h>

#include <functional>
#include <sstream>

#include "libjail/policy/manifest.h"
#include "libjail/policy/paths.h"
#include "tests/closed_doors.h"
#include "verify_fixture.h"

namespace jail::testing {
namespace {

const std::string kManifest = std::string(paths::kStateDir) + "/manifests/arkham";

class VerifyMutationTest : public VerifyTest {
protected:
    void SetUp() override {
        VerifyTest::SetUp();
        const Verified before = verify("harlequin");
        ASSERT_EQ(before.status, 0) << before.said.dump(1) << before.errors;
    }

    // The published manifest, changed behind jail-provision's back; and as it was.
    static Verified with_manifest(const std::function<void(Manifest&)>& change) {
        const std::string bytes = machine::read_file(kManifest);
        auto manifest = decode_manifest(bytes);
        EXPECT_TRUE(manifest);
        change(manifest.value());
        EXPECT_TRUE(validate(manifest.value()));
        machine::write_file(kManifest, encode(manifest.value()), 0600);
        Verified run = verify("harlequin");
        machine::write_file(kManifest, bytes, 0600);
        return run;
    }
    static void expect_red(const Verified& run, const std::vector<std::string>& codes) {
        EXPECT_EQ(run.status, 1) << run.said.dump(1) << run.errors;
        EXPECT_EQ(run.said["as_policy"], false);
        for (const std::string& code : codes) EXPECT_EQ(run.state(code), "wrong") << run.check(code);
    }
};

TEST_F(VerifyMutationTest, PamJailAwayFromSshd) {
    write_service("sshd", false);
    const Verified run = verify("harlequin");
    write_service("sshd", true);
    expect_red(run, {"namespaces", "no-new-privs", "seccomp", "capabilities-bounding", "exec", "shell",
                     "terminal", "sftp-subsystem", "forward-host", "streamlocal", "remote"});
    EXPECT_EQ(run.state("su"), "ok") << "another door";
    EXPECT_EQ(run.state("system-calls"), "ok") << "the jail itself is whole";
}

TEST_F(VerifyMutationTest, PamJailAwayFromSshdWithSetuidJailshell) {
    write_service("sshd", false);
    machine::set_setuid(true);
    const Verified run = verify("harlequin");
    machine::set_setuid(false);
    write_service("sshd", true);
    EXPECT_EQ(run.state("exec"), "ok") << run.check("exec");
    expect_red(run, {"namespaces", "forward-host", "streamlocal"});
}

TEST_F(VerifyMutationTest, PamJailAwayFromAnotherDoor) {
    for (const auto& [service, code] :
         {std::pair("su", "su"), std::pair("cron", "cron"), std::pair("login", "login-service")}) {
        write_service(service, false);
        const Verified run = verify("harlequin");
        write_service(service, true);
        expect_red(run, {code});
        EXPECT_EQ(run.in_state("wrong"), std::vector<std::string>{code});
    }
}

TEST_F(VerifyMutationTest, TheFilterOffInTheManifest) {
    const Verified run = with_manifest([](Manifest& manifest) {
        const sock_filter allow = {BPF_RET | BPF_K, 0, 0, 0x7fff0000U};
        manifest.seccomp.assign(reinterpret_cast<const char*>(&allow), sizeof allow);
    });
    expect_red(run, {"manifest", "system-calls", "terminal-input", "exec-memory", "user-namespace"});
    EXPECT_NE(run.check("manifest").value("seen", "").find("syscalls"), std::string::npos)
        << run.check("manifest");
}

TEST_F(VerifyMutationTest, TheHomeExecutableInTheManifest) {
    const Verified run = with_manifest([](Manifest& manifest) { manifest.home_exec = true; });
    expect_red(run, {"manifest", "exec-home", "exec-home-mapped"});
    EXPECT_NE(run.check("manifest").value("seen", "").find("home.exec"), std::string::npos);
}

TEST_F(VerifyMutationTest, TheHostsNetworkInTheManifest) {
    const Verified run = with_manifest([](Manifest& manifest) { manifest.network = Network::kHost; });
    expect_red(run, {"manifest", "namespaces", "forward-host", "dynamic", "remote", "network-host",
                     "abstract-socket"});
    EXPECT_NE(run.check("manifest").value("seen", "").find("network.mode"), std::string::npos);
}

TEST_F(VerifyMutationTest, TheLimitsOffInTheManifest) {
    const Verified run = with_manifest([](Manifest& manifest) {
        manifest.limits.tasks = 0;
        manifest.limits.open_files = 0;
        manifest.limits.memory_bytes = 0;
    });
    expect_red(run, {"manifest", "tasks", "memory", "open-files"});
}

TEST_F(VerifyMutationTest, MoreWaysInTheManifest) {
    make("floyd", "include: [sftp, scp]\naccess: {sftp: true}\n");
    const std::string path = std::string(paths::kStateDir) + "/manifests/floyd";
    const std::string bytes = machine::read_file(path);
    auto manifest = decode_manifest(bytes);
    ASSERT_TRUE(manifest);
    manifest.value().access.scp = true;
    machine::write_file(path, encode(manifest.value()), 0600);
    const Verified run = verify("floyd");
    machine::write_file(path, bytes, 0600);
    expect_red(run, {"manifest", "scp-to", "scp-from"});
    EXPECT_EQ(run.state("rsync"), "ok") << run.check("rsync");
}

TEST_F(VerifyMutationTest, AFileThatWasChangedAndNotBuilt) {
    machine::write_file(std::string(paths::kConfigDir) + "/jails/arkham.yaml", policy() + "umask: '077'\n");
    const Verified run = verify("harlequin");
    expect_red(run, {"manifest"});
    EXPECT_EQ(run.check("manifest")["seen"], "it differs in umask");
}

TEST_F(VerifyMutationTest, ASubsystemPastThePolicy) {
    make("floyd", "include: [sftp, scp]\naccess: {sftp: true}\n");
    make("tetch", "include: [scp]\naccess: {scp: true}\n");
    const std::string config = machine::read_file("/etc/ssh/sshd_config");
    machine::write_file(
        "/etc/ssh/sshd_config", "Subsystem sftp internal-sftp\n" + [&] {
            std::string kept;
            std::istringstream lines(config);
            for (std::string line; std::getline(lines, line);)
                if (line.rfind("Subsystem", 0) != 0) kept += line + "\n";
            return kept;
        }());
    const Verified may = verify("floyd"), may_not = verify("tetch");
    machine::write_file("/etc/ssh/sshd_config", config);
    EXPECT_EQ(may.status, 0) << may.said.dump(1);
    expect_red(may_not, {"sftp-subsystem"});
}

}  // namespace
}  // namespace jail::testing
