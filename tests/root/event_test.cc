// SPDX-License-Identifier: Apache-2.0
// What instances and sessions leave in <log>/audit.jsonl.
#include <grp.h>
#include <libjail/policy/paths.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "jail_fixture.h"
#include "tests/events.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class EventTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        fs::remove_all(paths::kLogDir);
    }

    // Once the supervisor has said its last word.
    static bool ended() {
        return eventually([] { return traces_of(kHarlequin).empty(); });
    }
    // Opens `count` sessions, one after another, without entering.
    static Outcome attach(int count, const std::string& door, const std::string& terminal,
                          const std::string& peer) {
        return run([&] {
            for (int i = 0; i < count; ++i)
                if (const auto lease = client::attach(kHarlequin, door, terminal, peer); !lease) return 1;
            return 0;
        });
    }
};

TEST_F(EventTest, AnInstanceAndItsSessionsLeaveOneEventEach) {
    ASSERT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    ASSERT_TRUE(ended());
    const auto all = events();
    ASSERT_EQ(all.size(), 4u) << json(all).dump(1);
    EXPECT_EQ(all[0]["event"], "instance_start");
    EXPECT_EQ(all[1]["event"], "session_open");
    EXPECT_EQ(all[2]["event"], "session_close");
    EXPECT_EQ(all[3]["event"], "instance_stop");
    for (const json& event : all) {
        EXPECT_EQ(event["account"], "harlequin");
        EXPECT_EQ(event["uid"], kHarlequin);
        EXPECT_EQ(event["jail"], "arkham");
        EXPECT_TRUE(event.contains("time"));
    }
    EXPECT_EQ(all[1]["session"], all[2]["session"]);
    EXPECT_EQ(all[1]["door"], "test");
    EXPECT_EQ(all[2]["door"], "test");
    EXPECT_GE(all[2]["duration_ms"].get<int>(), 0);
    EXPECT_GT(all[2]["instance_peak_memory_bytes"].get<long>(), 0);
    EXPECT_EQ(all[3]["cause"], "idle");
    EXPECT_EQ(all[3]["sessions"], 1);
}

TEST_F(EventTest, TheLogIsForRootAndItsReadersAlone) {
    ASSERT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    ASSERT_TRUE(ended());
    const group* readers = ::getgrnam("adm");
    ASSERT_NE(readers, nullptr);
    struct stat directory = {}, file = {};
    ASSERT_EQ(::stat(paths::kLogDir, &directory), 0);
    ASSERT_EQ(::stat((std::string(paths::kLogDir) + "/audit.jsonl").c_str(), &file), 0);
    EXPECT_EQ(directory.st_mode & 07777, 0750u);
    EXPECT_EQ(file.st_mode & 07777, 0640u);
    for (const struct stat& status : {directory, file}) {
        EXPECT_EQ(status.st_uid, 0u);
        EXPECT_EQ(status.st_gid, readers->gr_gid);
    }
}

TEST_F(EventTest, WhatThePeerIsCalledForgesNoEvent) {
    const std::string forged = "x\",\"event\":\"denial\"}\n{\"event\":\"denial\"}\n\xff\x1b[2J";
    ASSERT_EQ(attach(1, "door\"\n", "tty\\", forged).status, 0);
    ASSERT_TRUE(ended());
    EXPECT_EQ(events().size(), 4u);
    ASSERT_EQ(events("session_open").size(), 1u);
    EXPECT_EQ(events("session_open")[0]["rhost"], forged.substr(0, forged.size() - 5) + "\ufffd\x1b[2J");
    EXPECT_EQ(events("session_open")[0]["tty"], "tty\\");
}

// At once, which on a slow machine is before all of it; what came in the quiet time after that is one event
// more.
TEST_F(EventTest, ALimitThatIsMetIsReportedAndCountedNotEachTime) {
    manifest_.limits.tasks = 20;
    publish();
    (void)session(kHarlequin, "fork 200");
    ASSERT_TRUE(ended());
    const std::vector<json> hits = events("limit_hit");
    EXPECT_TRUE(hits.size() == 1 || hits.size() == 2) << json(hits).dump(1);
    int times = 0;
    for (const json& hit : hits) {
        EXPECT_EQ(hit["limit"], "tasks");
        times += hit["times"].get<int>();
    }
    EXPECT_GE(times, 100);
}

TEST_F(EventTest, MemoryThatRanOutIsReported) {
    (void)session(kHarlequin, "allocate 200");
    ASSERT_TRUE(ended());
    std::vector<std::string> limits;
    for (const json& event : events("limit_hit")) limits.push_back(event["limit"]);
    EXPECT_NE(std::find(limits.begin(), limits.end(), "memory"), limits.end()) << json(limits).dump();
    EXPECT_NE(std::find(limits.begin(), limits.end(), "oom_kill"), limits.end()) << json(limits).dump();
}

TEST_F(EventTest, OneSessionTooManyIsALimitThatWasMet) {
    manifest_.limits.sessions = 1;
    publish();
    const pid_t first = start_session(kHarlequin, "sleep 60");
    ASSERT_TRUE(eventually([] { return events("session_open").size() == 1; }));
    EXPECT_NE(session(kHarlequin, "exit 0").status, 0);
    EXPECT_TRUE(eventually([] { return events("limit_hit").size() == 1; }));
    EXPECT_EQ(events("limit_hit")[0]["limit"], "sessions");
    ::kill(first, SIGKILL);
    ::waitpid(first, nullptr, 0);
}

TEST_F(EventTest, WhatEndedAnInstanceIsTold) {
    const auto end_by = [this](pid_t (*victim)(uid_t), int signal) {
        fs::remove_all(paths::kLogDir);
        const pid_t holder = start_session(kHarlequin, "sleep 60");
        // Inside with PID 1: a door whose supervisor ends before it is inside starts another one.
        EXPECT_TRUE(eventually(
            [] { return processes_of(kHarlequin).size() >= 2 && !events("session_open").empty(); }));
        signal_to(victim(kHarlequin), signal);
        EXPECT_TRUE(ended());
        ::waitpid(holder, nullptr, 0);
    };
    end_by(supervisor_of, SIGTERM);
    ASSERT_EQ(events("instance_stop").size(), 1u);
    EXPECT_EQ(events("instance_stop")[0]["cause"], "signal");
    EXPECT_EQ(events("session_close").at(0)["cause"], "instance_stopped");
    end_by(init_of, SIGKILL);
    ASSERT_EQ(events("instance_stop").size(), 1u);
    EXPECT_NE(events("instance_stop")[0]["cause"].get<std::string>().find("PID 1 of the jail ended"),
              std::string::npos);
}

TEST_F(EventTest, AFloodOfSessionsIsCutAndTheLogSaysByHowMuch) {
    const pid_t holder = hold_session(kHarlequin);  // one instance for all of them
    ASSERT_EQ(attach(1500, "flood", "", "").status, 0);
    ::kill(holder, SIGKILL);
    ::waitpid(holder, nullptr, 0);
    ASSERT_TRUE(ended());
    std::uint64_t kept_back = 0;
    for (const json& event : events("suppressed")) kept_back += event["events"].get<std::uint64_t>();
    EXPECT_GT(kept_back, 0u);
    EXPECT_EQ(events().size() - events("suppressed").size() + kept_back, 2 * 1501u + 2)
        << "each session's open and close, the instance's start and stop";
}

TEST_F(EventTest, ALogThatCannotBeWrittenLocksNobodyOut) {
    fs::create_directories(std::string(paths::kLogDir) + "/audit.jsonl");
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    ASSERT_TRUE(ended());
    fs::remove_all(paths::kLogDir);
}

}  // namespace
}  // namespace jail::testing
