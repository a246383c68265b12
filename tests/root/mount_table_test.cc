// SPDX-License-Identifier: Apache-2.0
// The instance's mount table as a session reads it: flags, masks of /proc, and facts about the host.
#include <filesystem>
#include <set>
#include <sstream>

#include "jail_fixture.h"
#include "libjail/policy/paths.h"
#include "libjail/session/denial.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

struct Mount {
    std::string root, place, options, type, source, rest;
    bool has(const std::string& option) const {
        return ("," + options + ",").find("," + option + ",") != std::string::npos;
    }
};

class MountTableTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        std::istringstream lines(session(kHarlequin, "read /proc/self/mountinfo").output);
        for (std::string line; std::getline(lines, line);) {
            std::istringstream fields(line);
            Mount mount;
            std::string skipped;
            fields >> skipped >> skipped >> skipped >> mount.root >> mount.place >> mount.options;
            while (fields >> skipped && skipped != "-") mount.rest += skipped;
            fields >> mount.type >> mount.source;
            table_.push_back(mount);
        }
        ASSERT_GT(table_.size(), 10u);
    }
    const Mount* at(const std::string& place) const {
        const Mount* found = nullptr;
        for (const Mount& mount : table_)
            if (mount.place == place) found = &mount;
        return found;
    }

    std::vector<Mount> table_;
};

TEST_F(MountTableTest, NoMountGivesPrivilegeOrReachesTheHostsTable) {
    for (const Mount& mount : table_) {
        SCOPED_TRACE(mount.place + " " + mount.options);
        EXPECT_TRUE(mount.has("nosuid"));
        // The devices that are there are the jail's own six, and what masks /proc is one of them.
        const bool devices = mount.place.rfind("/dev", 0) == 0 || mount.root == "/null";
        EXPECT_TRUE(mount.has("nodev") || devices);
        EXPECT_EQ(mount.rest.find("shared"), std::string::npos);
        EXPECT_EQ(mount.rest.find("master"), std::string::npos);
        EXPECT_TRUE(mount.type != "sysfs" && mount.type != "cgroup" && mount.type != "cgroup2" &&
                    mount.type != "debugfs" && mount.type != "securityfs");
    }
}

TEST_F(MountTableTest, OnlyTheTreeIsExecutableAndOnlyWhatIsTheAccountsIsWritable) {
    const std::set<std::string> writable = {"/proc", "/dev/pts", "/dev/shm",
                                            "/tmp",  "/run",     "/home/harlequin"};
    for (const Mount& mount : table_) {
        SCOPED_TRACE(mount.place + " " + mount.options);
        const bool tree = mount.root.find("/trees/") != std::string::npos || mount.place == paths::kJailshell;
        EXPECT_EQ(mount.has("noexec"), !tree);
        EXPECT_EQ(mount.has("rw"), writable.count(mount.place) == 1);
    }
}

TEST_F(MountTableTest, WhatTellsOfOrSteersTheMachineIsMasked) {
    for (const std::string name : {"interrupts", "kallsyms", "kcore", "key-users", "keys", "kmsg",
                                   "kpagecgroup", "kpagecount", "kpageflags", "latency_stats", "sched_debug",
                                   "slabinfo", "sysrq-trigger", "timer_list", "timer_stats", "vmallocinfo"}) {
        if (!fs::exists("/proc/" + name)) continue;  // not in this kernel
        SCOPED_TRACE(name);
        const Mount* const mask = at("/proc/" + name);
        ASSERT_NE(mask, nullptr);
        EXPECT_EQ(mask->root, "/null");
        EXPECT_TRUE(mask->has("ro"));
        EXPECT_EQ(session(kHarlequin, "read /proc/" + name).output, "");
    }
    for (const std::string name : {"acpi", "asound", "driver", "scsi"}) {
        if (!fs::exists("/proc/" + name)) continue;
        SCOPED_TRACE(name);
        const Mount* const mask = at("/proc/" + name);
        ASSERT_NE(mask, nullptr);
        EXPECT_EQ(mask->type, "tmpfs");
        EXPECT_TRUE(mask->has("ro"));
        EXPECT_EQ(session(kHarlequin, "list /proc/" + name).output, "");
    }
    for (const std::string name : {"bus", "fs", "irq", "sys"}) {
        if (!fs::exists("/proc/" + name)) continue;
        SCOPED_TRACE(name);
        ASSERT_NE(at("/proc/" + name), nullptr);
        EXPECT_TRUE(at("/proc/" + name)->has("ro"));
    }
    EXPECT_FALSE(session(kHarlequin, "list /sys").output.find("kernel") != std::string::npos);
}

// The root of a bind mount is its path in its own file system, and no kernel hides it. All of it is known
// inside anyway: the home's true path, the tree's place with the hash of what one can read, jailshell, and
// the inbox below one's own uid.
TEST_F(MountTableTest, NoPathOfTheHostIsShownButThoseThatAreKnownInside) {
    const std::string state = "/lib/jail/trees/" + manifest_.tree;  // /var may be a file system of its own
    for (const Mount& mount : table_) {
        SCOPED_TRACE(mount.root + " on " + mount.place);
        const bool own_file_system = mount.type == "proc" || mount.type == "tmpfs" || mount.type == "devpts";
        const bool socket =
            mount.place == kInbox && mount.root.ends_with("/jail/" + harlequin_id() + "/inbox");
        EXPECT_TRUE(own_file_system || mount.place == kInbox || mount.place == "/home/harlequin" ||
                    mount.place == paths::kJailshell || mount.root.find(state) != std::string::npos);
        EXPECT_TRUE(mount.type != "tmpfs" || mount.root == "/" || mount.root == "/null" || socket);
        EXPECT_TRUE(mount.place != "/home/harlequin" || mount.place.ends_with(mount.root));
    }
    EXPECT_EQ(session(kHarlequin, "read /proc/self/mountinfo").output.find("ivy"), std::string::npos);
}

}  // namespace
}  // namespace jail::testing
