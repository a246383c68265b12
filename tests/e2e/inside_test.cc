// SPDX-License-Identifier: Apache-2.0
// Seen from the host: every process of a session, sshd's own included, is in the jail and has no privilege.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>

#include "sftp_client.h"
#include "sftp_subsystems.h"

namespace jail::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

namespace fs = std::filesystem;
constexpr char kNoCapability[] = "0000000000000000";

bool has_same_root(pid_t one, pid_t other) {
    struct stat a = {}, b = {};
    return ::stat(("/proc/" + std::to_string(one) + "/root/").c_str(), &a) == 0 &&
           ::stat(("/proc/" + std::to_string(other) + "/root/").c_str(), &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

std::string files_and_directories_open_in(pid_t pid) {
    std::string found;
    std::error_code gone;
    for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd", gone)) {
        struct stat status = {};
        if (::stat(entry.path().c_str(), &status) == 0 &&
            (S_ISDIR(status.st_mode) || S_ISREG(status.st_mode)))
            found +=
                machine::command_line_of(pid) + ": " + fs::read_symlink(entry.path(), gone).string() + "\n";
    }
    return found;
}

template <class Subsystem>
class InsideTest : public SubsystemTest<Subsystem> {
protected:
    static std::set<pid_t> with_descendants(pid_t parent) {
        std::set<pid_t> found;
        for (const pid_t child : machine::children_of(parent)) {
            found.insert(child);
            found.merge(with_descendants(child));
        }
        return found;
    }

    // sshd's child that is the account: its monitor has opened the session then.
    static bool has_user_child() {
        const auto own = machine::processes_of(machine::uid_of("harlequin"));
        for (const pid_t monitor : machine::monitors_of("harlequin"))
            for (const pid_t child : machine::children_of(monitor))
                if (std::find(own.begin(), own.end(), child) != own.end()) return true;
        return false;
    }

    static void expect_namespaces_inside(pid_t pid, const std::vector<const char*>& namespaces) {
        for (const char* name : namespaces) {
            const std::string own = machine::link_of(pid, std::string("ns/") + name);
            EXPECT_FALSE(own.empty()) << name;
            EXPECT_NE(own, machine::link_of(::getpid(), std::string("ns/") + name)) << name;
        }
        EXPECT_FALSE(has_same_root(pid, ::getpid()));
        // By hand, or systemd's.
        const std::string uid = std::to_string(machine::uid_of("harlequin"));
        EXPECT_THAT(machine::read_file("/proc/" + std::to_string(pid) + "/cgroup"),
                    AnyOf(HasSubstr("/jail/" + uid + "\n"), HasSubstr("/jail.slice/jail-harlequin.scope\n")));
    }

    // The monitor itself stays root, and outside only by its pid.
    static void expect_all_inside(std::size_t at_least) {
        std::set<pid_t> session;
        for (const pid_t pid : machine::processes_of(machine::uid_of("harlequin"))) session.insert(pid);
        for (const pid_t monitor : machine::monitors_of("harlequin")) {
            SCOPED_TRACE(machine::command_line_of(monitor));
            expect_namespaces_inside(monitor, {"mnt", "net", "ipc", "uts", "cgroup", "pid_for_children"});
            EXPECT_EQ(machine::status_of(monitor, "NoNewPrivs:"), "1");
            EXPECT_EQ(machine::status_of(monitor, "CapBnd:"), kNoCapability);
            session.merge(with_descendants(monitor));
        }
        EXPECT_GE(session.size(), at_least);
        for (const pid_t pid : session) {
            SCOPED_TRACE(std::to_string(pid) + " " + machine::command_line_of(pid));
            expect_namespaces_inside(pid, {"mnt", "pid", "net", "ipc", "uts", "cgroup"});
            for (const char* set : {"CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"})
                EXPECT_EQ(machine::status_of(pid, set), kNoCapability) << set;
            EXPECT_EQ(machine::status_of(pid, "NoNewPrivs:"), "1");
            const std::string uid = std::to_string(machine::uid_of("harlequin"));
            EXPECT_EQ(machine::status_of(pid, "Uid:"), uid + "\t" + uid + "\t" + uid + "\t" + uid);
            EXPECT_EQ(machine::link_of(pid, "cwd").rfind("/run/", 0), std::string::npos);
        }
    }
};
TYPED_TEST_SUITE(InsideTest, SftpSubsystems, SubsystemName);

TYPED_TEST(InsideTest, AShellACommandATerminalAndSftp) {
    const Connection connection(this->server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    const auto shell = connection.open(), command = connection.open(), terminal = connection.open();
    ASSERT_TRUE(shell->start_shell());
    shell->write("sleep 1000 & echo begun\n");
    ASSERT_TRUE(shell->read_until("begun"));
    ASSERT_TRUE(command->execute("setsid sleep 1001 & echo begun; read wait"));
    ASSERT_TRUE(command->read_until("begun"));
    ASSERT_TRUE(terminal->request_terminal(80, 24));
    ASSERT_TRUE(terminal->start_shell());
    terminal->write("echo begun-$((1+1)); sleep 1002\n");
    ASSERT_TRUE(terminal->read_until("begun-2"));
    const SftpClient sftp(connection);
    ASSERT_TRUE(sftp.started());
    ASSERT_TRUE(eventually([] {
        return machine::runs("harlequin", "sleep 1000") && machine::runs("harlequin", "sleep 1001") &&
               machine::runs("harlequin", "sleep 1002");
    }));
    // PID 1, sshd's child, three shells, three sleeps, sftp.
    this->expect_all_inside(9);
}

TYPED_TEST(InsideTest, AConnectionThatOnlyForwards) {
    Process client(this->server().ssh("harlequin", {"-N", "-A", "-X", "-R", "4569:127.0.0.1:1", "-R",
                                                    "/tmp/e2e-remote:/tmp/x", "-D", "4570"}));
    ASSERT_TRUE(eventually([this] { return this->has_user_child(); }));
    this->expect_all_inside(2);
    client.send_signal(SIGKILL);
    (void)client.finish();
}

TYPED_TEST(InsideTest, SftpAlone) {
    const Connection connection(this->server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    const SftpClient sftp(connection);
    ASSERT_TRUE(sftp.started());
    this->expect_all_inside(3);
}

// Descriptors that the monitor had open before it joined must not be inherited: sshd's child of the account
// does not have them.
TYPED_TEST(InsideTest, NoDescriptorOfAProcessInsideLeadsToTheHostsFiles) {
    const Connection connection(this->server(), "harlequin");
    ASSERT_TRUE(connection.logged_in()) << connection.error();
    const auto command = connection.open();
    ASSERT_TRUE(command->execute("echo begun; sleep 1003"));
    ASSERT_TRUE(command->read_until("begun"));
    std::string open;
    // A program that just starts has its libraries open for a moment.
    const auto none_open = [&open] {
        open.clear();
        for (const pid_t pid : machine::processes_of(machine::uid_of("harlequin")))
            open += files_and_directories_open_in(pid);
        return open.empty();
    };
    EXPECT_TRUE(eventually(none_open)) << open;
}

}  // namespace
}  // namespace jail::testing
