// SPDX-License-Identifier: Apache-2.0
// A wall clock that is set, also by years: it ends no session, keeps no instance, and shortens or lengthens
// no limit.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "jail_fixture.h"

namespace jail::testing {
namespace {

constexpr char kPreload[] = "/etc/ld.so.preload";

class ClockTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        std::filesystem::copy_file(JAIL_JUMPING_CLOCK, "/run/jumping_clock.so",
                                   std::filesystem::copy_options::overwrite_existing);
        std::ofstream(kPreload) << "/run/jumping_clock.so\n";
    }
    void TearDown() override {
        std::filesystem::remove(kPreload);
        JailTest::TearDown();
    }

    // The clock that jumps is the supervisor's.
    static void expect_jumping() {
        const std::string maps = read_file("/proc/" + std::to_string(supervisor_of(kHarlequin)) + "/maps");
        EXPECT_NE(maps.find("jumping_clock.so"), std::string::npos);
    }
};

TEST_F(ClockTest, LimitsAndGraceTimeOfAnHourAreNotOver) {
    manifest_.grace_seconds = 3600;
    manifest_.limits.session_seconds = 3600;
    manifest_.limits.idle_seconds = 3600;
    publish();
    const pid_t session = hold_session(kHarlequin);
    expect_jumping();
    // At each login the supervisor checks its deadlines.
    for (int i = 0; i < 20; ++i) EXPECT_EQ(this->session(kHarlequin, "exit 0").status, 0);
    ::usleep(1'200'000);
    EXPECT_GE(processes_of(kHarlequin).size(), 2u) << "the session was ended";
    ::kill(session, SIGKILL);
    ::waitpid(session, nullptr, 0);
    ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() == 1; }));
    for (int i = 0; i < 20 && supervisor_of(kHarlequin) != 0; ++i)
        EXPECT_TRUE(client::find_running(kHarlequin)) << "the grace time was taken for over";
    ::usleep(300'000);
    const pid_t supervisor = supervisor_of(kHarlequin);
    EXPECT_NE(supervisor, 0) << "the grace time was taken for over";
    if (supervisor != 0) ::kill(supervisor, SIGTERM);
}

TEST_F(ClockTest, LimitsAndGraceTimeOfASecondEnd) {
    manifest_.grace_seconds = 1;
    manifest_.limits.session_seconds = 1;
    publish();
    const pid_t session = hold_session(kHarlequin);
    expect_jumping();
    EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).size() <= 1; })) << "the session goes on";
    ::waitpid(session, nullptr, 0);
    EXPECT_TRUE(eventually([] { return supervisor_of(kHarlequin) == 0; })) << "the instance stays";
}

}  // namespace
}  // namespace jail::testing
