// SPDX-License-Identifier: Apache-2.0
// `mounts:` and what is mounted below the home: the mounts of a jail, and logins that go on when a source is
// gone or became an account's.
#include <libjail/policy/paths.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "jail_fixture.h"
#include "tests/events.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;

// Mounted on the host until the end of the test.
class Mounted {
public:
    Mounted(const std::string& source, const std::string& place, const char* type = "",
            unsigned long flags = MS_BIND)
        : place_(place) {
        fs::create_directories(place);
        EXPECT_EQ(::mount(source.c_str(), place.c_str(), type, flags, nullptr), 0) << place;
    }
    ~Mounted() { (void)::umount2(place_.c_str(), MNT_DETACH); }
    Mounted(const Mounted&) = delete;
    Mounted& operator=(const Mounted&) = delete;

private:
    std::string place_;
};

class MountsTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        fs::remove_all(paths::kLogDir);
        fs::remove_all("/srv/site");
        fs::create_directories("/srv/site/below");
        std::ofstream("/srv/site/page") << "the site\n";
        manifest_.mounts = {{"/srv/site", "/etc/skel", false, false}};
        publish();
    }
    void TearDown() override {
        fs::remove_all("/srv/site");
        fs::remove_all("/srv/elsewhere");
        for (const char* left : {"html", "chroot", "site", "x"})
            fs::remove_all(std::string("/home/harlequin/") + left);
        JailTest::TearDown();
    }

    // A session there is, without the mount, and the log says why.
    void expect_left_out(const std::string& why) {
        const Outcome outcome = session(kHarlequin, "list /etc/skel");
        EXPECT_EQ(outcome.status, 0) << outcome.output;
        EXPECT_EQ(outcome.output.find("page"), std::string::npos) << outcome.output;
        EXPECT_NE(said().find(why), std::string::npos) << said();
    }
    // All causes of what was left out, once the instance is gone.
    static std::string said() {
        EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
        std::string text;
        for (const auto& event : events("left_out")) text += event["cause"].get<std::string>() + "\n";
        return text;
    }
    // The options of the mount on `place`, as a session has it.
    std::string options_of(const std::string& place) {
        std::istringstream lines(session(kHarlequin, "read /proc/self/mountinfo").output);
        for (std::string line; std::getline(lines, line);) {
            std::istringstream fields(line);
            std::string skipped, where, options;
            fields >> skipped >> skipped >> skipped >> skipped >> where >> options;
            if (where == place) return "," + options + ",";
        }
        return {};
    }
    void expect_options(const std::string& place, const std::vector<std::string>& wanted) {
        const std::string options = options_of(place);
        for (const std::string& option : wanted)
            EXPECT_NE(options.find("," + option + ","), std::string::npos) << place << ": " << options;
    }
};

TEST_F(MountsTest, ASourceThatIsGoneKeepsNobodyOut) {
    fs::remove_all("/srv/site");
    expect_left_out("mount of /srv/site on /etc/skel left out: open /srv/site: No such file or directory");
}

TEST_F(MountsTest, ADirectoryAboveTheSourceThatIsGoneKeepsNobodyOut) {
    manifest_.mounts[0].source = "/srv/site/below";
    publish();
    fs::remove_all("/srv/site");
    expect_left_out("left out: open /srv/site: No such file or directory");
}

TEST_F(MountsTest, ASourceThatAnAccountCanChangeByNowIsLeftOut) {
    manifest_.mounts[0].source = "/srv/site/below";
    publish();
    std::ofstream("/srv/site/below/page") << "the site\n";
    ASSERT_EQ(::chown("/srv/site", kHarlequin, kHarlequin), 0);
    expect_left_out("/srv/site cannot be trusted: not owned by root");
    ASSERT_EQ(::chown("/srv/site", 0, 0), 0);
    ASSERT_EQ(::chmod("/srv/site", 02775), 0);
    expect_left_out("/srv/site cannot be trusted: writable by group or others");
}

TEST_F(MountsTest, ALinkInTheSourcesPlaceIsNotFollowed) {
    fs::rename("/srv/site", "/srv/elsewhere");
    fs::create_directory_symlink("/srv/elsewhere", "/srv/site");
    expect_left_out("open /srv/site: Too many levels of symbolic links");
    fs::remove("/srv/site");
}

TEST_F(MountsTest, AFileInTheDirectorysPlaceIsLeftOut) {
    fs::remove_all("/srv/site");
    std::ofstream("/srv/site") << "no directory\n";
    expect_left_out("left out: move_mount /srv/site");
}

TEST_F(MountsTest, WhatTheKernelTellsOfTheHostIsNoSource) {
    manifest_.mounts[0].source = "/proc/sys";
    publish();
    const Outcome outcome = session(kHarlequin, "list /etc/skel");
    EXPECT_EQ(outcome.output, "") << "the host's /proc must not be shown";
    EXPECT_NE(said().find("/proc/sys cannot be mounted: it is of type proc"), std::string::npos) << said();
}

TEST_F(MountsTest, ATargetThatHidesTheHomeIsLeftOut) {
    manifest_.mounts = {{"/srv/site", "/home", false, false}};
    publish();
    EXPECT_EQ(session(kHarlequin, "write /home/harlequin/x").output, "ok\n");
    EXPECT_NE(said().find("on /home left out: it would hide the home /home/harlequin"), std::string::npos)
        << said();
}

TEST_F(MountsTest, AMountPointThatTheAccountTookAwayKeepsItNotOut) {
    manifest_.mounts = {{"/srv/site", "/home/harlequin/site", false, false}};
    publish();
    fs::create_directories("/home/harlequin/site");
    EXPECT_NE(session(kHarlequin, "list /home/harlequin/site").output.find("page"), std::string::npos);
    EXPECT_EQ(said(), "");
    fs::remove("/home/harlequin/site");
    EXPECT_EQ(session(kHarlequin, "exit 0").status, 0);
    EXPECT_NE(said().find("on /home/harlequin/site left out"), std::string::npos) << said();
    manifest_.mounts = {{"/srv/site", "/etc/skel", true, false},
                        {"/srv/site", "/etc/skel/gone", false, false}};
    publish();
    EXPECT_EQ(session(kHarlequin, "exit 0").status, 0) << "nor one below another mount";
}

TEST_F(MountsTest, EachSessionWithAnInstanceOfItsOwnTellsWhatItLacks) {
    manifest_.instance_per_session = true;
    publish();
    fs::remove_all("/srv/site");
    EXPECT_EQ(session(kHarlequin, "exit 0").status, 0);
    EXPECT_NE(said().find("left out"), std::string::npos);
}

// `mount --bind /srv/html ~/html`, as many guides for chroots have it.
TEST_F(MountsTest, WhatIsMountedBelowTheHomeComesAlong) {
    fs::create_directories("/srv/elsewhere");
    ASSERT_EQ(::chown("/srv/elsewhere", kHarlequin, kHarlequin), 0);
    const Mounted html("/srv/elsewhere", "/home/harlequin/html");
    EXPECT_EQ(session(kHarlequin, "copy /home/harlequin/html/upload").output, "ok\n");
    EXPECT_TRUE(fs::exists("/srv/elsewhere/upload")) << "the upload lies under the host's mount";
    EXPECT_EQ(session(kHarlequin, "exec /home/harlequin/html/upload").output, "Permission denied\n");
    expect_options("/home/harlequin/html", {"rw", "nosuid", "nodev", "noexec"});
    EXPECT_EQ(said(), "");
}

TEST_F(MountsTest, WhatIsMountedBelowASourceComesAlongAsRestricted) {
    fs::create_directories("/srv/elsewhere/deeper");
    std::ofstream("/srv/elsewhere/upload") << "x\n";
    const Mounted below("/srv/elsewhere", "/srv/site/below");
    const Mounted deeper("scratch", "/srv/site/below/deeper", "tmpfs", 0);
    EXPECT_NE(session(kHarlequin, "list /etc/skel/below").output.find("upload"), std::string::npos);
    expect_options("/etc/skel/below", {"ro", "nosuid", "nodev", "noexec"});
    expect_options("/etc/skel/below/deeper", {"ro", "nosuid", "nodev", "noexec"});
    EXPECT_EQ(said(), "");
}

TEST_F(MountsTest, WhatTheHostMountedReadOnlyStaysThatInAWritableMount) {
    fs::create_directories("/srv/elsewhere");
    ASSERT_EQ(::chown("/srv/elsewhere", kHarlequin, kHarlequin), 0);
    const Mounted below("/srv/elsewhere", "/srv/site/below");
    ASSERT_EQ(::mount(nullptr, "/srv/site/below", nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), 0);
    manifest_.mounts[0].writable = true;
    publish();
    EXPECT_EQ(session(kHarlequin, "write /etc/skel/below/x").output, "Read-only file system\n");
}

TEST_F(MountsTest, TheKernelsFileSystemsBelowTheHomeStayOutAndTheLogSaysSo) {
    const Mounted proc("proc", "/home/harlequin/chroot/proc", "proc", 0);
    EXPECT_EQ(session(kHarlequin, "list /home/harlequin/chroot/proc").output, "");
    EXPECT_NE(said().find("mounts below /home/harlequin stay out of the jail: "
                          "/home/harlequin/chroot/proc (proc) must not be in it"),
              std::string::npos)
        << said();
}

}  // namespace
}  // namespace jail::testing
