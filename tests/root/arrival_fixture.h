// SPDX-License-Identifier: Apache-2.0
// An account that comes into a jail: its doors, and what it has outside.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "libjail/policy/trusted_store.h"
#include "shell.h"
#include "tests/closed_doors.h"

namespace jail::testing {

class ArrivalTest : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(::getuid(), 0u) << "root tests run inside scripts/sandbox";
        close_doors();
        sh("for a in shell_only other_one; do pkill -9 -x -u $a sleep; userdel -rf $a; rm -rf /home/$a; "
           "useradd -m -s /bin/sh $a; done; rm -rf /var/lib/jail/* /etc/jail/jails/*; chmod 711 "
           "/usr/bin/jailshell");
        policy("gotham", "");
        policy("narrows", "");
    }
    void TearDown() override {
        for (const pid_t pid : started_) ::kill(pid, SIGKILL);
        sh("rm -rf /var/lib/jail/* /etc/jail/jails/* /usr/bin/sudo /var/spool/cron/atjobs "
           "/var/lib/systemd/linger "
           "/var/spool/cron/crontabs/shell_only /etc/pam.d/atd; chmod 711 /usr/bin/jailshell");
        close_doors();
    }

    static void policy(const std::string& jail, const std::string& more) {
        std::ofstream("/etc/jail/jails/" + jail + ".yaml") << "jail: " << jail << "\ncommands: [bash, ls]\n"
                                                           << more;
    }
    static void list(const std::string& account) { policy("gotham", "accounts: [" + account + "]\n"); }
    static bool has(const std::string& text, const std::string& part) {
        return text.find(part) != std::string::npos;
    }

    static std::string jail_of(const std::string& account) {
        const auto record = load_account(static_cast<uid_t>(std::stoul(sh("id -u " + account).output)));
        return record ? record.value().jail : "";
    }

    // Exit status 1 with this text, by add and apply, by each also as a dry run and as JSON, without a
    // change.
    static void expect_refused(const std::string& text, const std::string& code) {
        list("shell_only");
        const std::string before = state(), passwd = read_file("/etc/passwd");
        for (const char* command : {"add shell_only", "add -n shell_only", "apply", "apply --check"}) {
            const Ran run = sh(std::string("jail-provision ") + command);
            EXPECT_EQ(run.status, 1) << command << run.output;
            EXPECT_TRUE(has(run.output, text)) << command << run.output;
            const Ran json = sh(std::string("jail-provision ") + command + " --json 2> /dev/null");
            EXPECT_EQ(json.status, 1);
            EXPECT_TRUE(has(json.output, "\"" + code + "\"")) << command << json.output;
        }
        EXPECT_EQ(state(), before);
        EXPECT_EQ(read_file("/etc/passwd"), passwd);
    }
    static void expect_bound_with_force(const std::string& text) {
        const Ran run = sh("jail-provision add --force shell_only");
        EXPECT_EQ(run.status, 0) << run.output;
        EXPECT_TRUE(has(run.output, text)) << run.output;
        EXPECT_EQ(jail_of("shell_only"), "gotham");
        const Ran again = sh("jail-provision add shell_only");
        EXPECT_EQ(again.status, 0) << "who is in its jail already is asked nothing: " << again.output;
        EXPECT_TRUE(has(again.output, "is already in jail gotham, generation 1, through")) << again.output;
    }

    // A process with these ids (setpriv(1)); it ends with the test.
    pid_t start(const std::string& ids, const std::string& program = "sleep 1000") {
        const Ran run =
            sh("setsid setpriv " + ids + " " + program + " > /dev/null 2>&1 < /dev/null & echo $!");
        started_.push_back(std::stoi(run.output));
        const std::string name = program.substr(0, program.find(' ')) + "\n";
        for (int i = 0; i < 500 && read_file(proc(started_.back()) + "/comm") != name; ++i) ::usleep(10'000);
        return started_.back();
    }
    static std::string all_ids(const std::string& account) {
        return "--reuid " + account + " --regid " + account + " --init-groups";
    }
    static std::string proc(pid_t pid) { return "/proc/" + std::to_string(pid); }
    static bool runs(pid_t pid) {
        const std::string status = read_file(proc(pid) + "/status");
        return has(status, "VmSize:");
    }

    std::vector<pid_t> started_;
};

}  // namespace jail::testing
