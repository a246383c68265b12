// SPDX-License-Identifier: Apache-2.0
// `user_namespace: self`: one more wall around a session, on top of all others.
#include <sys/wait.h>
#include <unistd.h>

#include "jail_fixture.h"

namespace jail::testing {
namespace {

class UserNamespaceTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        manifest_.user_namespace = UserNamespace::kSelf;
        publish();
    }
    static std::string namespace_of(const std::string& pid) {
        char name[64] = {};
        EXPECT_GT(::readlink(("/proc/" + pid + "/ns/user").c_str(), name, sizeof name - 1), 0);
        return name;
    }
    // "0 0 1;1001 1001 1;"
    static std::string map(std::string text) {
        std::string map;
        for (const char c : text)
            if (c == '\n')
                map += ';';
            else if (c != ' ' || (!map.empty() && map.back() != ' ' && map.back() != ';'))
                map += c;
        return map;
    }
};

TEST_F(UserNamespaceTest, TheAccountIsItselfAndHasNoCapabilityThereEither) {
    const std::string id = harlequin_id();
    EXPECT_EQ(map(session(kHarlequin, "read /proc/self/uid_map").output), "0 0 1;" + id + " " + id + " 1;");
    EXPECT_EQ(map(session(kHarlequin, "read /proc/self/gid_map").output),
              "0 0 1;5 5 1;" + id + " " + id + " 1;");
    for (const Outcome& outcome :
         {session(kHarlequin, "facts"), session_without_shell(kHarlequin, "facts")}) {
        for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
            EXPECT_NE(outcome.output.find(std::string(set) + ":\t0000000000000000"), std::string::npos)
                << set;
        EXPECT_NE(outcome.output.find("NoNewPrivs:\t1"), std::string::npos);
        EXPECT_NE(outcome.output.find("Seccomp:\t2"), std::string::npos);
        EXPECT_NE(outcome.output.find("Uid:\t" + id + "\t" + id + "\t" + id + "\t" + id), std::string::npos);
    }
}

TEST_F(UserNamespaceTest, SoIsTheDoorAndPid1IsNot) {
    const pid_t door = hold_session(kHarlequin);
    const std::string ours = namespace_of("self");
    EXPECT_NE(namespace_of(std::to_string(door)), ours);
    for (const pid_t pid : processes_of(kHarlequin)) {
        if (pid == init_of(kHarlequin))
            EXPECT_EQ(namespace_of(std::to_string(pid)), ours);
        else
            EXPECT_EQ(namespace_of(std::to_string(pid)), namespace_of(std::to_string(door)));
    }
    ::kill(door, SIGKILL);
    ::waitpid(door, nullptr, 0);
}

TEST_F(UserNamespaceTest, WhatWorkedBeforeDoes) {
    for (const char* path : {"/home/harlequin/x", "/tmp/x", "/dev/shm/x"})
        EXPECT_EQ(session(kHarlequin, std::string("write ") + path).output, "ok\n") << path;
    for (const char* path : {"/x", "/etc/x", "/run/x", "/etc/passwd", "/proc/sys/kernel/hostname"})
        EXPECT_NE(session(kHarlequin, std::string("write ") + path).output, "ok\n") << path;
    EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "exit 42").status), 42);
    ::unlink("/home/harlequin/x");
}

TEST_F(UserNamespaceTest, WhatASessionLeavesRunningEndsAllTheSame) {
    EXPECT_EQ(session(kHarlequin, "linger 60").status, 0);
    EXPECT_TRUE(eventually([] { return processes_of(kHarlequin).empty(); }));
}

}  // namespace
}  // namespace jail::testing
