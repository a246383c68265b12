// SPDX-License-Identifier: Apache-2.0
// stats: sums of real sessions, and of a log that logrotate has rotated and compressed.
#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include "jail_fixture.h"
#include "shell.h"
#include "tests/events.h"

namespace jail::testing {
namespace {

using nlohmann::json;

class StatsTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        sh("rm -rf /var/log/jail");
    }
    void logins(uid_t uid, int count) {
        for (int i = 0; i < count; ++i) ASSERT_EQ(WEXITSTATUS(session(uid, "exit 0").status), 0);
        ASSERT_TRUE(eventually([&] { return traces_of(uid).empty(); }));
    }
    static void rotate() {
        const Ran run = sh("logrotate --force --state /run/logrotate.state /etc/logrotate.d/jail");
        ASSERT_EQ(run.status, 0) << run.output;
    }
    static json stats(const std::string& arguments = {}) {
        return json::parse(sh("jail-provision stats --json " + arguments).output);
    }
    static json row(const json& stats, const std::string& account) {
        for (const json& one : stats["rows"])
            if (one["account"] == account) return one;
        return json();
    }
};

TEST_F(StatsTest, CompressedLogsCountAsMuchAsTheCurrentOne) {
    logins(kHarlequin, 2);
    logins(kIvy, 1);
    rotate();
    logins(kHarlequin, 1);
    rotate();
    logins(kHarlequin, 1);
    ASSERT_EQ(sh("ls /var/log/jail").output, "audit.jsonl\naudit.jsonl.1\naudit.jsonl.2.gz\n");
    const json all = stats();
    EXPECT_EQ(all["schema"], 1);
    EXPECT_EQ(all["by"], "account");
    const json one = row(all, "harlequin");
    EXPECT_EQ(one["sessions"], 4);
    EXPECT_EQ(one["doors"]["test"], 4);
    EXPECT_GT(one["connected_ms"], 0);
    EXPECT_TRUE(one.contains("cpu_us")) << "null where the host counts none";
    EXPECT_GT(one["memory_peak_bytes"], 0);
    EXPECT_GE(one["last_login"], all["since"]);
    EXPECT_EQ(row(all, "ivy")["sessions"], 1);
    EXPECT_EQ(all["total"]["sessions"], 5);
    EXPECT_EQ(stats("ivy")["total"]["sessions"], 1);
    EXPECT_EQ(stats("arkham")["total"]["sessions"], 5);
    EXPECT_EQ(stats("narrows")["total"]["sessions"], 0);
    EXPECT_EQ(stats("--since 2100-01-01")["total"]["sessions"], 0);
    EXPECT_EQ(stats("@ivy")["total"]["sessions"], 1) << "by its primary group";
    EXPECT_EQ(stats("--by service")["rows"][0]["service"], "test");
    // Other commands read the same files.
    EXPECT_EQ(sh("jail-provision events --account harlequin | grep -c 'session opened'").output, "4\n");
    const std::string table = sh("jail-provision stats").output;
    EXPECT_NE(table.find("harlequin"), std::string::npos) << table;
    EXPECT_NE(table.find("test 4"), std::string::npos) << table;
    EXPECT_NE(table.find("TOTAL"), std::string::npos) << table;
}

TEST_F(StatsTest, RefusalsAndLimitsAreCounted) {
    manifest_.limits.sessions = 1;
    publish();
    const pid_t held = hold_session(kHarlequin);
    EXPECT_FALSE(client::attach(kHarlequin, "test", "", ""));
    EXPECT_TRUE(eventually([] { return !events("limit_hit").empty(); }));
    const json one = row(stats(), "harlequin");
    EXPECT_EQ(one["logins_refused"], 1);
    EXPECT_EQ(one["limits"]["sessions"], 1);
    EXPECT_EQ(one["oom_kills"], 0);
    signal_to(held, SIGKILL);
    ::waitpid(held, nullptr, 0);
}

TEST_F(StatsTest, ALogThatCannotBeReadWholeIsNamed) {
    logins(kHarlequin, 1);
    sh("head -c 5000 /dev/urandom | gzip | head -c 2000 > /var/log/jail/audit.jsonl.2.gz");
    const Ran run = sh("jail-provision stats");
    EXPECT_EQ(run.status, 1);
    EXPECT_NE(run.output.find("audit.jsonl.2.gz is damaged"), std::string::npos) << run.output;
    EXPECT_NE(run.output.find("harlequin"), std::string::npos) << "the rest counts";
}

TEST_F(StatsTest, WrongWordsAreErrors) {
    EXPECT_EQ(sh("jail-provision stats --since yesterday").status, 1);
    EXPECT_EQ(sh("jail-provision stats --by month").status, 64);
    const Ran run = sh("jail-provision stats @nogroupofthisname");
    EXPECT_EQ(run.status, 1);
    EXPECT_NE(run.output.find("does not exist"), std::string::npos) << run.output;
    EXPECT_EQ(sh("jail-provision ps @nogroupofthisname").status, 1);
}

}  // namespace
}  // namespace jail::testing
