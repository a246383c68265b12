// SPDX-License-Identifier: Apache-2.0
// su by root, with pam_jail in its PAM service and, without, through setuid jailshell.
#include <csignal>
#include <filesystem>
#include <optional>

#include "libjail/policy/paths.h"
#include "pam_services.h"
#include "ssh_fixture.h"

namespace jail::testing {
namespace {

enum class Door { kPamJail, kSetuid };

class SuTest : public ::testing::TestWithParam<Door> {
protected:
    void SetUp() override {
        machine::prepare();
        if (HasFatalFailure()) return;
        if (GetParam() == Door::kPamJail) services_.emplace(std::vector<std::string>{"su"});
        machine::set_setuid(GetParam() == Door::kSetuid);
    }
    void TearDown() override {
        services_.reset();
        machine::set_setuid(false);
        EXPECT_TRUE(machine::no_traces());
    }

    static Outcome on_terminal(const std::vector<std::string>& command) {
        return Process(command, Process::Stdio::kTerminal).finish();
    }

    std::optional<PamServices> services_;
    LogCollector log_;
};
INSTANTIATE_TEST_SUITE_P(, SuTest, ::testing::Values(Door::kPamJail, Door::kSetuid), [](const auto& info) {
    return info.param == Door::kPamJail ? "WithPamJail" : "WithSetuidJailshell";
});

TEST_P(SuTest, ACommandOfALoginShellIsInside) {
    const Outcome outcome = run(
        {"su", "-", "harlequin", "-c", "hostname; id -un; pwd; ls /home; grep NoNewPrivs /proc/self/status"});
    EXPECT_EQ(outcome.output, "arkham\nharlequin\n/home/harlequin\nharlequin\nNoNewPrivs:\t1\n")
        << outcome.errors;
    EXPECT_EQ(outcome.exit_status(), 0);
}

TEST_P(SuTest, ACommandWithoutALoginShellIsInside) {
    const Outcome outcome = run({"su", "harlequin", "-c", "hostname; id -un; pwd"});
    EXPECT_EQ(outcome.output, "arkham\nharlequin\n/home/harlequin\n") << outcome.errors;
}

TEST_P(SuTest, ExitStatusesAndDeathBySignalArrive) {
    for (const int status : {0, 1, 7, 255}) {
        EXPECT_EQ(run({"su", "-", "harlequin", "-c", "exit " + std::to_string(status)}).exit_status(),
                  status);
        const Outcome outcome = on_terminal({"su", "-", "harlequin", "-c", "exit " + std::to_string(status)});
        EXPECT_EQ(outcome.exit_status(), status) << outcome.output;
    }
    EXPECT_EQ(run({"su", "-", "harlequin", "-c", "kill -TERM $$"}).exit_status(), 128 + SIGTERM);
    EXPECT_EQ(on_terminal({"su", "-", "harlequin", "-c", "kill -TERM $$"}).exit_status(), 128 + SIGTERM);
}

TEST_P(SuTest, BinaryDataGoesBothWaysIntact) {
    const std::string data = binary_data(4u << 20);
    EXPECT_TRUE(run({"su", "harlequin", "-c", "cat"}, data).output == data);
}

TEST_P(SuTest, TheTerminalInsideIsTheJails) {
    const Outcome outcome = on_terminal(
        {"su", "-", "harlequin", "-c", "id -un; tty; stty size; ls /dev/pts; test -O $(tty) && echo own"});
    EXPECT_EQ(outcome.exit_status(), 0);
    EXPECT_NE(outcome.output.find("harlequin\r\n/dev/pts/0\r\n24 80\r\n0  ptmx\r\nown\r\n"),
              std::string::npos)
        << outcome.output;
}

TEST_P(SuTest, UnderScriptToo) {
    const Outcome outcome = run({"script", "-qec", "su - harlequin -c 'hostname; tty; exit 3'", "/dev/null"});
    // script(1) types its own end of input; the echo of that can come between the two lines.
    const std::size_t name = outcome.output.find("arkham\r\n");
    ASSERT_NE(name, std::string::npos) << outcome.output << outcome.errors;
    EXPECT_NE(outcome.output.find("/dev/pts/", name), std::string::npos) << outcome.output << outcome.errors;
    EXPECT_EQ(outcome.exit_status(), 3);
}

TEST_P(SuTest, AnInteractiveShellWithJobControlAndInterrupts) {
    Process shell({"su", "-", "harlequin"}, Process::Stdio::kTerminal);
    shell.write("hostname; sleep 100 & jobs; kill %1; wait %1\n");
    ASSERT_TRUE(shell.read_until("arkham\r\n")) << shell.output();
    ASSERT_TRUE(shell.read_until("Running")) << shell.output();
    EXPECT_EQ(shell.output().find("no job control"), std::string::npos) << shell.output();
    shell.write("sleep 1000\n");
    ASSERT_TRUE(eventually([] {
        for (const pid_t pid : machine::processes_of(machine::uid_of("harlequin")))
            if (machine::command_line_of(pid) == "sleep 1000" && machine::in_foreground(pid)) return true;
        return false;
    })) << shell.output();
    shell.write("\x03");
    ASSERT_TRUE(shell.read_until("^C")) << shell.output();
    shell.write("echo after-$?\n");
    EXPECT_TRUE(shell.read_until("after-130")) << shell.output();
    shell.resize(132, 50);
    shell.write("while [ \"$(stty size)\" = \"24 80\" ]; do sleep 0.1; done; stty size\n");
    EXPECT_TRUE(shell.read_until("50 132\r\n")) << shell.output();
    shell.write("exit 9\n");
    EXPECT_EQ(shell.finish().exit_status(), 9);
}

TEST_P(SuTest, WithoutAJailItIsRefused) {
    const std::string manifest = std::string(paths::kStateDir) + "/manifests/arkham";
    std::filesystem::rename(manifest, manifest + ".aside");
    const Outcome outcome = run({"su", "-", "harlequin", "-c", "touch ~/executed; echo executed"});
    std::filesystem::rename(manifest + ".aside", manifest);
    EXPECT_NE(outcome.exit_status(), 0);
    EXPECT_NE((outcome.output + outcome.errors)
                  .find("the jail of this account is not available; tell your administrator: event "),
              std::string::npos)
        << outcome.output << outcome.errors;
    EXPECT_EQ(outcome.output.find("executed"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists("/home/harlequin/executed"));
}

TEST_P(SuTest, AnAccountWithoutAJailIsAsEver) {
    EXPECT_EQ(run({"su", "-", "alfred", "-c", "id -un; readlink /proc/self/ns/mnt"}).output,
              "alfred\n" + machine::link_of(1, "ns/mnt") + "\n");
}

TEST(SuWithoutADoorTest, IsRefused) {
    machine::prepare();
    const LogCollector log;
    machine::set_setuid(false);
    const Outcome outcome = run({"su", "-", "harlequin", "-c", "echo executed"});
    EXPECT_EQ(outcome.exit_status(), 254);
    EXPECT_EQ(outcome.output, "");
    EXPECT_NE(outcome.errors.find("pam_jail is not in its PAM service"), std::string::npos) << outcome.errors;
}

}  // namespace
}  // namespace jail::testing
