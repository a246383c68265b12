// SPDX-License-Identifier: Apache-2.0
// How a session's program ended, in its last event: told by jailshell, which waits for it where the policy
// says so. An application of PAM's is the door.
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "libjail/events/event.h"
#include "libjail/session/session_end.h"
#include "pam_fixture.h"
#include "tests/events.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class ExitStatusTest : public PamTest {
protected:
    void SetUp() override {
        PamTest::SetUp();
        forget();
        manifest_.exit_status = true;
        publish();
    }

    // Removes the record after its last writer has ended.
    static void forget() {
        EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
        fs::remove_all(paths::kLogDir);
    }
    static std::vector<json> closed() { return events("session_close"); }
    // A login in which this runs, in the background.
    static Running start_login(const std::string& command) {
        return start([&] {
            return WEXITSTATUS(pam("door", "harlequin", {"open", "run=" + command}).status);
        });
    }
    // The last event of one session, in which this was run.
    json close_of(const std::string& command) {
        forget();
        (void)pam("door", "harlequin", {"on", "open", "run=" + command});
        EXPECT_TRUE(eventually([] { return closed().size() == 1; })) << audit();
        return closed().empty() ? json() : closed()[0];
    }
    // Of the account, of this name (proc_pid_comm(5)).
    static pid_t process_named(const std::string& name) {
        for (const pid_t pid : processes_of(kHarlequin))
            if (read_file("/proc/" + std::to_string(pid) + "/comm") == name + "\n") return pid;
        return 0;
    }
    static bool both_run() {
        return eventually([] { return process_named("jailshell") != 0 && process_named("probe") != 0; });
    }
    void expect_the_door_sees(const std::string& command, int status) {
        const Outcome outcome = pam("door", "harlequin", {"on", "open", "run=" + command});
        EXPECT_TRUE(has(outcome.output, "run: status " + std::to_string(status) + "\n")) << outcome.output;
    }
};

TEST_F(ExitStatusTest, ExitStatusOrSignal) {
    for (const int status : {0, 7, 255}) {
        const json event = close_of("exit " + std::to_string(status));
        EXPECT_EQ(event.value("exit", -1), status) << event;
        EXPECT_FALSE(event.contains("signal")) << event;
    }
    const json event = close_of("signal 9");
    EXPECT_EQ(event.value("signal", -1), SIGKILL) << event;
    EXPECT_FALSE(event.contains("exit")) << event;
}

TEST_F(ExitStatusTest, TheDoorSeesTheSame) {
    expect_the_door_sees("exit 7", W_EXITCODE(7, 0));
    expect_the_door_sees("signal 15", W_EXITCODE(0, SIGTERM));
}

TEST_F(ExitStatusTest, WhatJailshellRefusesIsAnEndAsWell) {
    manifest_.shell = "/bin/not-there";
    publish();
    EXPECT_EQ(close_of("exit 0").value("exit", -1), 254);
}

TEST_F(ExitStatusTest, WithoutThePolicysWordNobodyStaysAndNothingIsKnown) {
    manifest_.exit_status = false;
    publish();
    const json event = close_of("exit 7");
    EXPECT_FALSE(event.contains("exit")) << event;
    const Running running = start_login("sleep 60");
    ASSERT_TRUE(eventually([] { return process_named("probe") != 0; }));
    EXPECT_EQ(process_named("jailshell"), 0);
    signal_to(process_named("probe"), SIGKILL);
    (void)finish(running);
}

TEST_F(ExitStatusTest, InEveryKindOfInstance) {
    for (const auto kind : {UserNamespace::kSelf, UserNamespace::kFakeroot}) {
        take_policy(std::string("user_namespace: ") +
                    (kind == UserNamespace::kSelf ? "self\n" : "fakeroot\n"));
        EXPECT_EQ(close_of("exit 7").value("exit", -1), 7);
    }
    take_policy("user_namespace: none\n");
    manifest_.instance_per_session = true;
    publish();
    EXPECT_EQ(close_of("exit 7").value("exit", -1), 7);
}

TEST_F(ExitStatusTest, EachOfManyThatEndAtOnceHasItsOwn) {
    manifest_.limits.tasks = 200;
    publish();
    forget();
    std::vector<Running> sessions;
    for (int i = 0; i < 20; ++i)
        sessions.push_back(start([i] {
            return WEXITSTATUS(
                pam("door", "harlequin", {"on", "open", "run=exit " + std::to_string(i)}).status);
        }));
    for (const Running& session : sessions) (void)finish(session);
    ASSERT_TRUE(eventually([] { return closed().size() == 20; })) << audit();
    std::vector<int> numbers;
    for (const json& event : closed()) numbers.push_back(event.value("exit", -1));
    std::sort(numbers.begin(), numbers.end());
    for (int i = 0; i < 20; ++i) EXPECT_EQ(numbers[static_cast<std::size_t>(i)], i);
}

TEST_F(ExitStatusTest, ASignalThatJailshellIsSentIsTheProgramsEnd) {
    for (const int signal : {SIGTERM, SIGHUP, SIGINT, SIGUSR1}) {
        forget();
        const Running running = start_login("sleep 60");
        ASSERT_TRUE(both_run());
        signal_to(process_named("jailshell"), signal);
        (void)finish(running);
        ASSERT_TRUE(eventually([] { return closed().size() == 1; }));
        EXPECT_EQ(closed()[0].value("signal", -1), signal);
    }
}

// Otherwise the exit status would be lost, and the session could not be ended by the pid that its door knows.
TEST_F(ExitStatusTest, TheProgramDoesNotSurviveTheParentThatWaits) {
    forget();
    const Running running = start_login("deaf 60");
    ASSERT_TRUE(both_run());
    signal_to(process_named("jailshell"), SIGKILL);
    (void)finish(running);
    ASSERT_TRUE(eventually([] { return closed().size() == 1; }));
    EXPECT_FALSE(closed()[0].contains("exit")) << closed()[0];
    EXPECT_TRUE(eventually([] { return process_named("probe") == 0; }));
}

TEST_F(ExitStatusTest, WhoWaitsHoldsNothingOfTheSessions) {
    const Running running = start_login("sleep 60");
    ASSERT_TRUE(both_run());
    const std::string descriptors = "/proc/" + std::to_string(process_named("jailshell")) + "/fd/";
    EXPECT_TRUE(eventually([&] {
        return std::all_of(std::begin("012"), std::end("012") - 1,
                           [&](char fd) { return fs::read_symlink(descriptors + fd).filename() == "null"; });
    }));
    signal_to(process_named("probe"), SIGKILL);
    (void)finish(running);
}

TEST_F(ExitStatusTest, WithoutAProcessToSpareTheSessionIsRefusedInWords) {
    manifest_.limits.tasks = 3;  // PID 1, the door, and jailshell
    publish();
    const std::string output = pam("door", "harlequin", {"open", "run=exit 0"}).output;
    EXPECT_TRUE(has(output, "runs as many processes as it may")) << output;
}

// The account's own word, for its own sessions and no others'; the last one counts.
TEST_F(ExitStatusTest, WhatTheAccountClaimsIsItsOwnSessions) {
    forget();
    const auto claim = [](const std::string& session) {
        return inside([&] { return send_session_end(session, W_EXITCODE(99, 0)) ? 0 : 1; });
    };
    EXPECT_EQ(claim("00000000").status, 0);
    ASSERT_TRUE(eventually([] { return closed().size() == 1; }));
    EXPECT_FALSE(closed()[0].contains("exit")) << "there is no such session";
    forget();
    EXPECT_EQ(inside([] {
                  for (const char* bytes : {"=", "=0123abcd", "=0123abcdx", "=0123ABCDx1", "=0123abcdx12"})
                      if (!send_to_inbox(bytes, 0)) return 1;
                  return 0;
              }).status,
              0);
    ASSERT_TRUE(eventually([] { return closed().size() == 1; }));
    EXPECT_FALSE(closed()[0].contains("exit")) << closed()[0];
}

// How the program of this door's session is said to have ended, after another session claimed 99 for it.
TEST_F(ExitStatusTest, WhatADoorTellsByItsLeaseIsNoClaim) {
    manifest_.exit_status = false;
    publish();
    const auto claimed = [](const Running& running) {
        EXPECT_TRUE(eventually([] { return process_named("probe") != 0; }));
        EXPECT_TRUE(eventually([] { return events("session_open").size() == 1; }));
        const std::string id = events("session_open").at(0)["session"];
        EXPECT_EQ(inside([&] { return send_session_end(id, W_EXITCODE(99, 0)) ? 0 : 1; }).status, 0);
        signal_to(process_named("probe"), SIGKILL);
        (void)finish(running);
        EXPECT_TRUE(eventually([] { return closed().size() == 2; })) << audit();
        for (const json& event : closed())
            if (event["session"] == id) return event;
        return json();
    };
    EXPECT_EQ(claimed(start_login("sleep 60")).value("exit", -1), 99) << "the account's own word";
    forget();
    ASSERT_EQ(::chmod(paths::kJailshell, 04711), 0);
    const json told = claimed(start([this] {
        return WEXITSTATUS(outside(kHarlequin, {"jailshell", "-c", "sleep 60"}).status);
    }));
    ASSERT_EQ(::chmod(paths::kJailshell, 0711), 0);
    EXPECT_EQ(told.value("signal", -1), SIGKILL) << told;
    EXPECT_FALSE(told.contains("exit")) << told;
}

}  // namespace
}  // namespace jail::testing
