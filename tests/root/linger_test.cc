// SPDX-License-Identifier: Apache-2.0
// `linger`: what the last session left running goes on, and the instance with it; not a moment longer.
#include <sys/wait.h>
#include <unistd.h>

#include "jail_fixture.h"

namespace jail::testing {
namespace {

class LingerTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        manifest_.linger = true;
        publish();
    }
    // The background process, and PID 1 of its instance (and of the account's, where that is another one).
    static bool goes_on(std::size_t processes = 2) { return processes_of(kHarlequin).size() == processes; }
};

TEST_F(LingerTest, WhatIsLeftGoesOnAndThenTheInstanceEnds) {
    EXPECT_EQ(session(kHarlequin, "linger 2").status, 0);
    ::sleep(1);
    EXPECT_TRUE(goes_on()) << processes_of(kHarlequin).size();
    EXPECT_EQ(session(kHarlequin, "processes").output.substr(0, 2), "1\n");
    EXPECT_TRUE(goes_on()) << "a session that comes and goes changes nothing";
    EXPECT_TRUE(eventually([] { return supervisor_of(kHarlequin) == 0; }, 6));
}

TEST_F(LingerTest, WithoutAnythingLeftTheGraceTimeBeginsAtOnce) {
    EXPECT_EQ(session(kHarlequin, "exit 0").status, 0);
    EXPECT_TRUE(eventually([] { return supervisor_of(kHarlequin) == 0; }, 4));
}

TEST_F(LingerTest, GraceBeginsWhenTheLastProcessHasEnded) {
    manifest_.grace_seconds = 2;
    publish();
    EXPECT_EQ(session(kHarlequin, "linger 1").status, 0);
    ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() == 1; }, 6));
    ::sleep(1);
    EXPECT_NE(supervisor_of(kHarlequin), 0);
    EXPECT_TRUE(eventually([] { return supervisor_of(kHarlequin) == 0; }, 6));
}

TEST_F(LingerTest, LaterSessionsFindItAndItsGeneration) {
    EXPECT_EQ(session(kHarlequin, "linger 60").status, 0);
    ASSERT_TRUE(eventually([] { return goes_on(); }));
    manifest_.hostname = "blackgate";
    publish();
    const std::string output = session(kHarlequin, "facts").output;
    EXPECT_NE(output.find("hostname arkham"), std::string::npos) << output;
    EXPECT_TRUE(goes_on());
    EXPECT_EQ(::system("jail-provision kill harlequin > /dev/null"), 0);
    EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).empty(); }));
}

TEST_F(LingerTest, TheEndOfASupervisorIsItsEnd) {
    EXPECT_EQ(session(kHarlequin, "linger 60").status, 0);
    ASSERT_TRUE(eventually([] { return goes_on(); }));
    ::kill(supervisor_of(kHarlequin), SIGTERM);
    EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).empty(); }));
}

TEST_F(LingerTest, InAnInstanceOfTheSessionsOwnToo) {
    manifest_.instance_per_session = true;
    publish();
    EXPECT_EQ(session(kHarlequin, "linger 2").status, 0);
    EXPECT_EQ(session(kHarlequin, "exit 0").status, 0);
    EXPECT_TRUE(eventually([] { return goes_on(3); }, 1)) << processes_of(kHarlequin).size();
    EXPECT_TRUE(eventually([] { return supervisor_of(kHarlequin) == 0; }, 6));
}

}  // namespace
}  // namespace jail::testing
