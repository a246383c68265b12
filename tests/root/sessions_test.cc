// SPDX-License-Identifier: Apache-2.0
// Many sessions, one after the other and at once: what the supervisor, the kernel and the host have for them
// is given back. tests/bench/sessions runs it with 1,000 and 200 and shows the figures.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>

#include "jail_fixture.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

int number(const char* name, int otherwise) {
    const char* wanted = std::getenv(name);
    return wanted == nullptr ? otherwise : std::atoi(wanted);
}

struct Held {
    long rss_kib = 0, descriptors = 0, cgroups = 0, jail_mounts = 0, host_mounts = 0, processes = 0;
};

class SessionsTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        manifest_.grace_seconds = 3600;
        manifest_.limits.tasks = 0;
        manifest_.limits.memory_bytes = 0;
        publish();
        for (int i = 0; i < 20; ++i)
            ASSERT_EQ(session(kHarlequin, "exit 0").status, 0);  // libc has what it keeps
        settle();
    }
    void TearDown() override {
        ::kill(supervisor_of(kHarlequin), SIGTERM);
        JailTest::TearDown();
    }

    static long lines(const std::string& path) {
        const std::string text = read_file(path);
        return std::count(text.begin(), text.end(), '\n');
    }
    static long count(const std::string& directory) {
        return std::distance(fs::directory_iterator(directory), fs::directory_iterator());
    }

    static Held held() {
        Held now;
        const std::string proc = "/proc/" + std::to_string(supervisor_of(kHarlequin));
        const std::string status = read_file(proc + "/status");
        now.rss_kib = std::atol(status.c_str() + status.find("VmRSS:") + 6);
        now.descriptors = count(proc + "/fd");
        now.jail_mounts = lines("/proc/" + std::to_string(init_of(kHarlequin)) + "/mountinfo");
        now.host_mounts = lines("/proc/self/mountinfo");
        now.processes = static_cast<long>(processes_of(kHarlequin).size());
        for (const std::string& trace : traces_of(kHarlequin))
            if (trace.starts_with("/sys/fs/cgroup/")) ++now.cgroups;
        return now;
    }

    // The ends of sessions are noticed some time after them.
    static void settle() {
        Held before = held();
        ASSERT_TRUE(eventually(
            [&] {
                ::usleep(100'000);
                const Held now = held();
                const bool same = now.descriptors == before.descriptors && now.processes == 1;
                before = now;
                return same;
            },
            60));
    }

    static void show(const char* when, const Held& now) {
        std::printf(
            "%-28s supervisor %5ld KiB, %3ld descriptors; %ld control groups; mounts %ld inside, %ld on the "
            "host; "
            "%ld processes\n",
            when, now.rss_kib, now.descriptors, now.cgroups, now.jail_mounts, now.host_mounts, now.processes);
    }

    static void expect_same(const Held& before, const Held& after) {
        EXPECT_EQ(before.descriptors, after.descriptors);
        EXPECT_EQ(before.cgroups, after.cgroups);
        EXPECT_EQ(before.jail_mounts, after.jail_mounts);
        EXPECT_EQ(before.host_mounts, after.host_mounts);
        EXPECT_EQ(after.processes, 1);
#ifndef __SANITIZE_ADDRESS__  // which keeps freed memory for a while
        EXPECT_LE(after.rss_kib, before.rss_kib + 128);
#endif
    }
};

TEST_F(SessionsTest, OneAfterTheOther) {
    const int sessions = number("SESSIONS_IN_A_ROW", 100);
    const Held before = held();
    show("before", before);
    for (int i = 0; i < sessions; ++i) ASSERT_EQ(session(kHarlequin, "exit 0").status, 0) << i;
    settle();
    const Held after = held();
    show(("after " + std::to_string(sessions) + " in a row").c_str(), after);
    expect_same(before, after);
}

TEST_F(SessionsTest, AtOnce) {
    const std::size_t sessions = static_cast<std::size_t>(number("SESSIONS_AT_ONCE", 30));
    const auto round = [&](const char* when) {
        std::vector<pid_t> doors;
        for (std::size_t i = 0; i < sessions; ++i) doors.push_back(start_session(kHarlequin, "sleep 600"));
        EXPECT_TRUE(eventually([&] { return processes_of(kHarlequin).size() == sessions + 1; }, 60));
        show(when, held());
        for (const pid_t pid : doors) ::kill(pid, SIGKILL);
        for (const pid_t pid : doors) ::waitpid(pid, nullptr, 0);
        settle();
    };
    round("the first time at once");  // what so many descriptors and records need is kept for the next time
    const Held before = held();
    show("before", before);
    round(("with " + std::to_string(sessions) + " at once").c_str());
    const Held after = held();
    show("after", after);
    expect_same(before, after);
}

}  // namespace
}  // namespace jail::testing
