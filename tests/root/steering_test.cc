// SPDX-License-Identifier: Apache-2.0
// An administrator's commands for jails that run: freeze, update --live; and the times at which they are
// open.
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "jail_fixture.h"
#include "shell.h"
#include "tests/events.h"

namespace jail::testing {
namespace {

using nlohmann::json;

json running() {
    return json::parse(sh("jail-provision ps --json").output)["instances"];
}

class SteeringTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        sh("rm -rf /var/log/jail");
    }
    void TearDown() override {
        sh("jail-provision thaw --all");
        JailTest::TearDown();
    }
    // Whether the account's processes still use the processor: their time in ticks (proc_pid_stat(5)).
    static unsigned long ticks() {
        unsigned long sum = 0;
        for (const pid_t pid : processes_of(kHarlequin)) {
            std::istringstream stat(read_file("/proc/" + std::to_string(pid) + "/stat"));
            std::string field;
            for (int i = 1; i <= 14 && stat >> field; ++i) {
            }
            sum += std::strtoul(field.c_str(), nullptr, 10);
        }
        return sum;
    }
    static bool goes_on() {
        const unsigned long before = ticks();
        return eventually([&] { return ticks() > before + 3; }, 1);
    }
    static std::string refusal() {
        const auto allowed = client::could_attach(kHarlequin, "test", "", "");
        return allowed ? "" : allowed.error().message();
    }
};

TEST_F(SteeringTest, AFrozenJailStandsStillAndGoesOnWhenThawed) {
    const pid_t held = start_session(kHarlequin, "spin 600");
    ASSERT_TRUE(eventually([] { return running().size() == 1 && goes_on(); }));
    const Ran frozen = sh("jail-provision freeze harlequin");
    EXPECT_EQ(frozen.status, 0) << frozen.output;
    EXPECT_EQ(running()[0]["state"], "frozen");
    EXPECT_FALSE(goes_on());
    EXPECT_EQ(refusal().rfind("this account's sessions are stopped by the administrator", 0), 0u)
        << refusal();
    EXPECT_TRUE(client::could_attach(kIvy, "test", "", "")) << "another account";
    EXPECT_TRUE(eventually([] { return !events("denial").empty(); }));
    EXPECT_EQ(events("denial")[0]["limit"], "frozen");
    const Ran entered = sh("jail-provision enter harlequin facts < /dev/null");
    EXPECT_NE(entered.output.find("run jail-provision thaw harlequin first"), std::string::npos)
        << entered.output;
    EXPECT_NE(sh("jail-provision freeze harlequin").output.find("is frozen already"), std::string::npos);
    EXPECT_EQ(sh("jail-provision thaw harlequin").status, 0);
    EXPECT_TRUE(goes_on());
    EXPECT_EQ(running()[0]["state"], "in use");
    EXPECT_EQ(refusal(), "");
    signal_to(held, SIGKILL);
    ::waitpid(held, nullptr, 0);
}

TEST_F(SteeringTest, AForkBombFreezesAsAWhole) {
    manifest_.limits.tasks = 40;
    publish();
    const pid_t held = start_session(kHarlequin, "bomb");
    ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() > 20; }));
    const Ran frozen = sh("jail-provision freeze --jail arkham");
    EXPECT_EQ(frozen.status, 0) << frozen.output;
    const auto before = processes_of(kHarlequin);
    ::usleep(300'000);
    EXPECT_EQ(processes_of(kHarlequin), before);
    EXPECT_EQ(sh("jail-provision kill harlequin").status, 0) << "a frozen jail can be killed";
    EXPECT_TRUE(processes_of(kHarlequin).empty());
    ::waitpid(held, nullptr, 0);
    EXPECT_EQ(refusal(), "") << "the next instance is not frozen";
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
}

TEST_F(SteeringTest, WithoutAnInstanceThereIsNothingToFreeze) {
    EXPECT_EQ(sh("jail-provision freeze").status, 1);
    const Ran none = sh("jail-provision freeze harlequin");
    EXPECT_EQ(none.status, 1);
    EXPECT_NE(none.output.find("harlequin: no jail runs"), std::string::npos) << none.output;
    EXPECT_EQ(sh("jail-provision freeze --all").status, 0);
    EXPECT_EQ(sh("jail-provision thaw --all").status, 0);
}

TEST_F(SteeringTest, AfterTheLastDayNoDoorLetsAnybodyIn) {
    manifest_.expires_at = static_cast<std::uint64_t>(::time(nullptr)) + 3600;
    publish();
    EXPECT_EQ(refusal(), "");
    const pid_t held = start_session(kHarlequin, "sleep 600");
    ASSERT_TRUE(eventually([] { return running().size() == 1; }));
    manifest_.expires_at = static_cast<std::uint64_t>(::time(nullptr)) - 86'400;
    publish();
    EXPECT_EQ(refusal().rfind("this account's access ended on 2", 0), 0u)
        << "also while an older generation runs: " << refusal();
    EXPECT_EQ(running().size(), 1u) << "an open session goes on";
    EXPECT_TRUE(eventually([] { return !events("denial").empty(); }));
    EXPECT_EQ(events("denial")[0]["limit"], "hours");
    EXPECT_NE(sh("jail-provision list").output.find("EXPIRED"), std::string::npos);
    signal_to(held, SIGKILL);
    ::waitpid(held, nullptr, 0);
    EXPECT_FALSE(client::attach(kHarlequin, "test", "", ""));
}

TEST_F(SteeringTest, OutsideOfItsHoursAJailIsClosed) {
    const time_t moment = ::time(nullptr);
    tm today = {};
    ASSERT_NE(::localtime_r(&moment, &today), nullptr);
    const auto tomorrow = static_cast<std::uint32_t>((today.tm_wday + 2) % 7);
    manifest_.hours = {{tomorrow, 0, 1440}};
    publish();
    EXPECT_EQ(refusal().rfind("this account may not log in at this time of the day (it is ", 0), 0u)
        << refusal();
    manifest_.hours.clear();
    for (std::uint32_t day = 0; day < 7; ++day) manifest_.hours.push_back({day, 0, 1440});
    publish();
    EXPECT_EQ(refusal(), "");
}

}  // namespace
}  // namespace jail::testing
