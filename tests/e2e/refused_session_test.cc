// SPDX-License-Identifier: Apache-2.0
// A session that pam_jail refuses in the session phase is over, whatever sshd does with the error: for `ssh
// -N`, for terminals without a shell and for forwards, which never come to an exec that could fail. sshd's
// PAM service has pam_jail in the session phase alone here, so that every cause is met there.
#include <gmock/gmock.h>
#include <sys/mount.h>

#include <filesystem>
#include <functional>

#include "libjail/policy/paths.h"
#include "libjail/policy/trusted_store.h"
#include "libjail/session/protocol.h"
#include "other_supervisor.h"
#include "policy_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The traces that a login leaves.
struct Traces {
    std::vector<pid_t> processes;
    std::vector<std::string> terminals;
    std::string wtmp, utmp, lastlog;
    bool operator==(const Traces&) const = default;
};

class RefusedSessionTest : public PolicyTest {
protected:
    static void SetUpTestSuite() {
        SshServer::Options options;
        options.account_phase = false;
        start_server(options);
    }

    void SetUp() override {
        PolicyTest::SetUp();
        uid_ = machine::uid_of("harlequin");
        for (const char* file : {"/var/log/wtmp", "/var/log/lastlog", "/run/utmp"})
            if (!fs::exists(file)) machine::write_file(file, "");
    }

    Traces traces() const {
        Traces found{machine::processes_of(uid_),
                     {},
                     machine::read_file("/var/log/wtmp"),
                     machine::read_file("/run/utmp"),
                     machine::read_file("/var/log/lastlog")};
        for (const auto& entry : fs::directory_iterator("/dev/pts")) found.terminals.push_back(entry.path());
        std::sort(found.processes.begin(), found.processes.end());
        std::sort(found.terminals.begin(), found.terminals.end());
        return found;
    }

    using Kinds = std::vector<std::vector<std::string>>;
    static Kinds all_kinds() {
        return {{"-N"},
                {"-N", "-L", "4601:127.0.0.1:1"},
                {"-N", "-R", "4602:127.0.0.1:1"},
                {"-N", "-D", "4603"},
                {"-tt", "touch ~/executed"},
                {"-s", "sftp"}};
    }

    // Every kind of connection, most of which ask for no program, against the cause that stands now.
    void expect_over(const std::string& cause, const Kinds& kinds = all_kinds()) {
        const Traces before = traces();
        for (const std::vector<std::string>& kind : kinds) {
            const Outcome outcome = ssh("harlequin", kind);  // ends by itself, or the test's patience does
            EXPECT_EQ(outcome.exit_status(), 255) << cause << " " << ::testing::PrintToString(kind);
        }
        expect_no_terminals(cause);
        EXPECT_TRUE(eventually([&] { return traces() == before; })) << cause;
        EXPECT_THAT(::testing::PrintToString(traces().processes),
                    ::testing::StrEq(::testing::PrintToString(before.processes)));
        EXPECT_EQ(traces().terminals, before.terminals) << cause;
        EXPECT_TRUE(traces().wtmp == before.wtmp && traces().lastlog == before.lastlog) << cause;
        EXPECT_FALSE(fs::exists("/home/harlequin/executed")) << cause;
    }

    static void expect_no_terminals(const std::string& cause) {
        const Connection connection(server(), "harlequin");
        int granted = 0;
        std::vector<std::unique_ptr<Channel>> channels;
        for (int i = 0; i < 10; ++i) {
            channels.push_back(connection.open());
            if (channels.back()->get() != nullptr && channels.back()->request_terminal(80, 24)) ++granted;
        }
        EXPECT_EQ(granted, 0) << cause;
    }

    void limit(const std::string& limits) {
        std::string changed = policy();
        const std::size_t at = changed.find("limits:");
        change(changed.replace(at, changed.find('\n', at) - at, "limits: {" + limits + "}"));
    }

    // Moves `path` away for as long as the connections are tried.
    void expect_over_without(const std::string& path) {
        fs::rename(path, path + ".aside");
        expect_over("without " + path);
        fs::remove_all(path);
        fs::rename(path + ".aside", path);
    }

    static std::string state(const std::string& below) { return paths::kStateDir + below; }

    uid_t uid_ = 0;
};

TEST_F(RefusedSessionTest, AtTheLimitOfSessions) {
    limit("sessions: 1");
    const Connection first(server(), "harlequin");
    ASSERT_TRUE(first.logged_in());
    EXPECT_EQ(first.execute("hostname").output, "arkham\n");
    expect_over("sessions");
    EXPECT_EQ(first.execute("hostname").output, "arkham\n") << "the session that was there goes on";
}

TEST_F(RefusedSessionTest, AtTheLimitOfTasks) {
    limit("tasks: 9");
    const Connection first(server(), "harlequin");
    ASSERT_TRUE(first.logged_in());
    (void)first.execute("for i in 1 2 3 4 5 6 7 8 9; do setsid sleep 600 > /dev/null 2>&1 & done");
    expect_over("tasks");
}

TEST_F(RefusedSessionTest, WithAJailThatIsDamaged) {
    const auto manifest = load_manifest("arkham");
    ASSERT_TRUE(manifest);
    expect_over_without(state("/manifests/arkham"));
    expect_over_without(state("/trees/" + manifest.value().tree));
    expect_over_without(paths::kSupervisor);
    expect_over_without("/home/harlequin");
    EXPECT_EQ(ssh("harlequin", {"hostname"}).output, "arkham\n") << "repaired, it works again";
}

TEST_F(RefusedSessionTest, WithoutRoomForTheRunDirectory) {
    fs::create_directories(paths::kRunDir);
    EXPECT_TRUE(eventually([&] { return machine::traces_of(uid_).empty(); }));
    ASSERT_EQ(::mount("tmpfs", paths::kRunDir, "tmpfs", 0, "nr_inodes=1,mode=0755"), 0);
    expect_over("/run without inodes");
    ASSERT_EQ(::umount2(paths::kRunDir, MNT_DETACH), 0);
}

TEST_F(RefusedSessionTest, WithoutControlGroups) {
    limit("tasks: 50");
    EXPECT_TRUE(eventually([&] { return machine::traces_of(uid_).empty(); }));
    ASSERT_EQ(::mount("tmpfs", "/sys/fs/cgroup", "tmpfs", 0, "mode=0755"), 0);
    expect_over("no control groups");
    ASSERT_EQ(::umount2("/sys/fs/cgroup", MNT_DETACH), 0);
}

TEST_F(RefusedSessionTest, WithASupervisorOfAnotherVersion) {
    EXPECT_TRUE(eventually([&] { return machine::traces_of(uid_).empty(); }));
    protocol::Reply reply = protocol::make_reply(0, 0, "");
    reply.version = protocol::kVersion + 1;
    const OtherSupervisor other(uid_, {reinterpret_cast<const char*>(&reply), sizeof reply});
    expect_over("another version");
}

TEST_F(RefusedSessionTest, WithASupervisorThatSaysNothing) {
    EXPECT_TRUE(eventually([&] { return machine::traces_of(uid_).empty(); }));
    const OtherSupervisor other(uid_, "");
    expect_over("no answer for ten seconds", {{"-N"}, {"-tt", "touch ~/executed"}});
}

// With pam_jail in both phases, as config/pam/jail has it, the person reads why.
class ReasonTest : public RefusedSessionTest {
protected:
    static void SetUpTestSuite() { start_server({}); }
};

TEST_F(ReasonTest, AConnectionWithoutAProgramIsToldWhy) {
    limit("sessions: 1");
    const Connection first(server(), "harlequin");
    ASSERT_TRUE(first.logged_in());
    const Outcome second = ssh("harlequin", {"-o", "LogLevel=INFO", "-N"});
    EXPECT_EQ(second.exit_status(), 255);
    EXPECT_THAT(second.errors,
                HasSubstr("this account has as many sessions open as it may (1); end one of them first"));
    expect_over("sessions");
}

TEST_F(ReasonTest, WithoutASupervisorAConnectionIsToldWhy) {
    fs::rename(paths::kSupervisor, std::string(paths::kSupervisor) + ".aside");
    const Outcome outcome = ssh("harlequin", {"-o", "LogLevel=INFO", "-N"});
    EXPECT_EQ(outcome.exit_status(), 255);
    EXPECT_THAT(outcome.errors,
                HasSubstr("the jail of this account is not available; tell your administrator: event "));
    EXPECT_THAT(log().wait_for("jail-supervisor could not be executed"), HasSubstr("harlequin"));
    fs::rename(std::string(paths::kSupervisor) + ".aside", paths::kSupervisor);
}

}  // namespace
}  // namespace jail::testing
