// SPDX-License-Identifier: Apache-2.0
// ps, events, explain, lock: what an administrator sees of sessions, and how one ends them for good.
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "jail_fixture.h"
#include "libjail/policy/paths.h"
#include "shell.h"
#include "tests/events.h"

namespace jail::testing {
namespace {

using nlohmann::json;

class WatchingTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        sh("rm -rf /var/log/jail /var/lib/jail/locks");
    }
    void TearDown() override {
        sh("rm -rf /var/lib/jail/locks");
        JailTest::TearDown();
    }
    static json ps(const std::string& arguments = {}) {
        return json::parse(sh("jail-provision ps --json " + arguments).output)["instances"];
    }
    static void end(pid_t session) {
        signal_to(session, SIGKILL);
        ::waitpid(session, nullptr, 0);
    }
};

TEST_F(WatchingTest, PsHasARunningJailWithItsSessions) {
    EXPECT_TRUE(ps().empty());
    manifest_.limits.tasks = 40;
    publish();
    const pid_t held = start_session(kHarlequin, "sleep 600"), other = start_session(kHarlequin, "sleep 600");
    ASSERT_TRUE(eventually([] { return ps().size() == 1 && ps()[0]["sessions"].size() == 2; }));
    const json one = ps("harlequin")[0];
    EXPECT_EQ(one["account"], "harlequin");
    EXPECT_EQ(one["uid"], kHarlequin);
    EXPECT_EQ(one["jail"], "arkham");
    EXPECT_EQ(one["state"], "in use");
    EXPECT_EQ(one["sessions"][0]["door"], "test");
    EXPECT_EQ(one["tasks_limit"], 40);
    EXPECT_GE(one["tasks"], 3);
    EXPECT_GE(one["processes"], 3);
    EXPECT_EQ(one["generation"], one["newest_generation"]);
    EXPECT_EQ(ps("arkham").size(), 1u);
    EXPECT_TRUE(ps("ivy").empty());
    const Ran told = sh("jail-provision ps");
    EXPECT_NE(told.output.find("harlequin"), std::string::npos) << told.output;
    EXPECT_NE(told.output.find("/40"), std::string::npos) << told.output;
    end(other);
    EXPECT_TRUE(eventually([] { return ps()[0]["sessions"].size() == 1; }));
    end(held);
    EXPECT_TRUE(eventually([] { return ps().empty() || ps()[0]["state"] == "warm"; }));
}

TEST_F(WatchingTest, KillEndsAJailsOrAllRunningInstances) {
    EXPECT_EQ(sh("jail-provision kill").status, 1) << "no account is named";
    const pid_t one = start_session(kHarlequin, "sleep 600"), two = start_session(kIvy, "sleep 600");
    ASSERT_TRUE(eventually([] { return ps().size() == 2; }));
    EXPECT_EQ(sh("jail-provision kill --jail narrows").status, 0);
    EXPECT_EQ(ps().size(), 2u) << "of another jail";
    EXPECT_EQ(sh("jail-provision kill --jail arkham").status, 0);
    EXPECT_TRUE(processes_of(kHarlequin).empty());
    EXPECT_TRUE(processes_of(kIvy).empty());
    ::waitpid(one, nullptr, 0);
    ::waitpid(two, nullptr, 0);
    const pid_t again = start_session(kIvy, "sleep 600");
    ASSERT_TRUE(eventually([] { return ps().size() == 1; }));
    EXPECT_EQ(sh("jail-provision kill --all").status, 0);
    EXPECT_TRUE(processes_of(kIvy).empty());
    ::waitpid(again, nullptr, 0);
}

TEST_F(WatchingTest, EventsAreLinesForPeopleAndCanBeAskedFor) {
    ASSERT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    ASSERT_EQ(WEXITSTATUS(session(kIvy, "exit 0").status), 0);
    ASSERT_TRUE(eventually([] { return traces_of(kHarlequin).empty() && traces_of(kIvy).empty(); }));
    const Ran all = sh("jail-provision events");
    EXPECT_NE(all.output.find("harlequin"), std::string::npos) << all.output;
    EXPECT_NE(all.output.find("session opened by test"), std::string::npos) << all.output;
    const Ran one = sh("jail-provision events --account ivy --since 1h");
    EXPECT_EQ(one.output.find("harlequin"), std::string::npos) << one.output;
    EXPECT_NE(one.output.find("ivy"), std::string::npos) << one.output;
    EXPECT_EQ(sh("jail-provision events --denials").output, "");
    EXPECT_EQ(sh("jail-provision events --since yesterday").status, 1);
    const Ran raw = sh("jail-provision events --json | head -n 1");
    EXPECT_EQ(json::parse(raw.output)["event"], "instance_start");
    const std::string id = events("session_open")[0]["session"];
    const Ran explained = sh("jail-provision explain " + id);
    EXPECT_EQ(explained.status, 0) << explained.output;
    EXPECT_NE(explained.output.find("session closed"), std::string::npos) << explained.output;
    EXPECT_EQ(sh("jail-provision explain 00000000").status, 1);
    EXPECT_EQ(sh("jail-provision explain nonsense").status, 1);
}

TEST_F(WatchingTest, FollowGoesOnInTheNewLog) {
    ASSERT_EQ(WEXITSTATUS(session(kIvy, "exit 0").status), 0);
    ASSERT_TRUE(eventually([] { return traces_of(kIvy).empty(); }));
    sh("jail-provision events -f --account harlequin > /run/followed 2>&1 < /dev/null & echo $! > "
       "/run/follower");
    ::usleep(600'000);  // it begins at the end of the log
    ASSERT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    EXPECT_TRUE(
        eventually([] { return read_file("/run/followed").find("jail stopped") != std::string::npos; }, 20));
    sh("mv /var/log/jail/audit.jsonl /var/log/jail/audit.jsonl.1");
    ASSERT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    const auto twice = [] {
        const std::string text = read_file("/run/followed");
        const std::size_t first = text.find("session opened");
        return first != std::string::npos && text.find("session opened", first + 1) != std::string::npos;
    };
    EXPECT_TRUE(eventually(twice, 20)) << read_file("/run/followed");
    sh("kill $(cat /run/follower)");
}

TEST_F(WatchingTest, ALockedAccountComesInByNoDoorAndItsSessionsEnd) {
    const pid_t held = start_session(kHarlequin, "sleep 600");
    ASSERT_TRUE(eventually([] { return ps().size() == 1; }));
    const Ran locked = sh("jail-provision lock --reason 'unpaid bill' harlequin");
    EXPECT_EQ(locked.status, 0) << locked.output;
    EXPECT_NE(locked.output.find("harlequin: locked, its sessions are ended"), std::string::npos);
    EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).empty(); }));
    ::waitpid(held, nullptr, 0);
    const auto refused = client::could_attach(kHarlequin, "test", "", "");
    ASSERT_FALSE(refused);
    EXPECT_NE(
        refused.error().message().find("this account is locked by the administrator: unpaid bill (event "),
        std::string::npos)
        << refused.error().message();
    EXPECT_FALSE(client::attach(kHarlequin, "test", "", ""));
    EXPECT_TRUE(client::could_attach(kIvy, "test", "", "")) << "another account";
    EXPECT_TRUE(eventually([] { return !events("denial").empty(); }));
    EXPECT_EQ(events("denial")[0]["limit"], "locked");
    EXPECT_NE(sh("jail-provision list").output.find("LOCKED"), std::string::npos);
    EXPECT_EQ(sh("jail-provision unlock harlequin").status, 0);
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
}

TEST_F(WatchingTest, ALockThatCannotBeReadHolds) {
    sh("mkdir -p /var/lib/jail/locks/" + harlequin_id());  // a directory: EISDIR
    EXPECT_FALSE(client::could_attach(kHarlequin, "test", "", ""));
}

}  // namespace
}  // namespace jail::testing
