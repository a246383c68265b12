// SPDX-License-Identifier: Apache-2.0
// update --live, and explain of a command line: on a host with real jails.
#include <nlohmann/json.hpp>

#include "arrival_fixture.h"

namespace jail::testing {
namespace {

using nlohmann::json;

class LiveUpdateTest : public ArrivalTest {
protected:
    void SetUp() override {
        ArrivalTest::SetUp();
        limited("memory: 256M, tasks: 50");
        ASSERT_EQ(sh("jail-provision add shell_only").status, 0);
        sh("{ sleep 600 | su shell_only -c 'read x'; } > /dev/null 2>&1 < /dev/null &");
        for (int i = 0; i < 500 && instance().is_null(); ++i) ::usleep(10'000);
        ASSERT_FALSE(instance().is_null());
    }
    void TearDown() override {
        sh("jail-provision kill shell_only; pkill -x sleep");
        ArrivalTest::TearDown();
    }
    static void limited(const std::string& limits) {
        policy("gotham", "accounts: [shell_only]\nlimits: {" + limits + "}\n");
    }
    static json instance() {
        const json all = json::parse(sh("jail-provision ps --json").output, nullptr, false);
        return all.is_object() && all["instances"].size() == 1 ? all["instances"][0] : json();
    }
};

TEST_F(LiveUpdateTest, ARunningJailGetsTheNewLimits) {
    EXPECT_EQ(instance()["memory_limit"], 256 << 20);
    limited("memory: 128M, tasks: 60");
    const Ran would = sh("jail-provision update --live --dry-run");
    EXPECT_EQ(would.status, 0) << would.output;
    EXPECT_EQ(sh("jail-provision update").status, 0);
    EXPECT_EQ(instance()["memory_limit"], 256 << 20) << "without --live an instance keeps its own";
    const Ran live = sh("jail-provision update --live");
    EXPECT_EQ(live.status, 0) << live.output;
    EXPECT_TRUE(has(live.output,
                    "shell_only: has the limits of generation 2; the rest is still that of "
                    "generation 1 (1 session), until jail-provision kill shell_only"))
        << live.output;
    EXPECT_EQ(instance()["memory_limit"], 128 << 20);
    EXPECT_EQ(instance()["tasks_limit"], 60);
    const Ran again = sh("jail-provision update --live --json gotham");
    const json rows = json::parse(again.output, nullptr, false);
    ASSERT_TRUE(rows.is_array()) << again.output;
    EXPECT_EQ(rows[0]["running"][0]["limits_of_generation"], 2);
    limited("tasks: none, memory: none, swap: none");
    EXPECT_EQ(sh("jail-provision update --live").status, 0);
    EXPECT_TRUE(instance()["tasks_limit"].is_null()) << "a limit can be lifted";
    EXPECT_TRUE(instance()["memory_limit"].is_null());
}

TEST_F(LiveUpdateTest, ExplainSaysWhatACommandLineWouldDo) {
    const Ran allowed = sh("jail-provision explain shell_only -- ls -l /");
    EXPECT_EQ(allowed.status, 0) << allowed.output;
    EXPECT_TRUE(has(allowed.output, "shell_only, jail gotham: allowed: the account has a shell"))
        << allowed.output;
    EXPECT_TRUE(has(allowed.output, "/etc/jail/jails/gotham.yaml:2:")) << allowed.output;
    const Ran missing = sh("jail-provision explain shell_only -- rsync --version");
    EXPECT_EQ(missing.status, 1);
    EXPECT_TRUE(has(missing.output, "refused: the account has a shell, and the jail has no program 'rsync'"))
        << missing.output;
    policy("gotham", "accounts: [shell_only]\naccess: {rsync: true}\n");
    EXPECT_EQ(sh("jail-provision build gotham").status, 0);
    const Ran other = sh("jail-provision explain --json shell_only -- ls");
    const json verdict = json::parse(other.output, nullptr, false);
    ASSERT_TRUE(verdict.is_object()) << other.output;
    EXPECT_EQ(verdict["allowed"], false);
    EXPECT_TRUE(has(verdict["cause"], "/etc/jail/jails/gotham.yaml:4:")) << verdict;
    const Ran server =
        sh("jail-provision explain shell_only -- rsync --server --sender -logDtpre.iLsfxC . x");
    EXPECT_EQ(server.status, 0) << server.output;
    EXPECT_EQ(sh("jail-provision explain nobody -- ls").status, 1);
}

}  // namespace
}  // namespace jail::testing
