// SPDX-License-Identifier: Apache-2.0
#include "provision/tree/closure.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/unit/provision/test_host.h"

namespace jail::provision {
namespace {

using testing::HasSubstr;

class ClosureTest : public TestHost {
protected:
    static constexpr char kLibrary[] = "int answer(void) { return 42; }\n";
    static constexpr char kProgram[] = "int answer(void);\nvoid _start(void) { answer(); }\n";

    // /opt/app/bin/app needs ../lib/libanswer.so by RUNPATH $ORIGIN.
    void build_app() {
        compile("/opt/app/lib/libanswer.so.1", kLibrary, {"-shared", "-fPIC", "-Wl,-soname,libanswer.so.1"});
        compile("/opt/app/bin/app", kProgram,
                {"@/opt/app/lib/libanswer.so.1", "-Wl,--enable-new-dtags,-rpath,$ORIGIN/../lib", "-no-pie",
                 "-Wl,--dynamic-linker,/lib64/ld-test.so"});
        host_file("/lib64/ld-test.so", "not really one", 0755);
    }
};

TEST_F(ClosureTest, FollowsRunpathWithOrigin) {
    build_app();
    Planned planned(root());
    EXPECT_EQ(planned.command("/opt/app/bin/app"), "");
    EXPECT_TRUE(planned.has("/opt/app/bin/app"));
    EXPECT_TRUE(planned.has("/opt/app/lib/libanswer.so.1"));
    EXPECT_TRUE(planned.has("/lib64/ld-test.so"));
    EXPECT_EQ(planned.plan.find("/opt/app/lib/libanswer.so.1")->needed_by.front(), "/opt/app/bin/app");
    EXPECT_EQ(planned.plan.find("/opt/app/bin/app")->needed_by.front(),
              "jail test, command /opt/app/bin/app");
}

TEST_F(ClosureTest, FindsLibrariesByConfiguration) {
    compile("/srv/libs/libanswer.so.1", kLibrary, {"-shared", "-fPIC", "-Wl,-soname,libanswer.so.1"});
    compile("/usr/bin/app", kProgram,
            {"@/srv/libs/libanswer.so.1", "-no-pie", "-Wl,--dynamic-linker,/lib64/ld-test.so"});
    host_file("/lib64/ld-test.so", "x", 0755);
    host_file("/etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n");
    host_file("/etc/ld.so.conf.d/a.conf", "# comment\n/srv/libs\n");
    Planned planned(root());
    EXPECT_EQ(planned.command("app"), "");
    EXPECT_TRUE(planned.has("/srv/libs/libanswer.so.1"));
}

TEST_F(ClosureTest, NamesTheMissingLibraryAndTheChain) {
    build_app();
    ASSERT_EQ(::unlink((root() + "/opt/app/lib/libanswer.so.1").c_str()), 0);
    Planned planned(root());
    const std::string error = planned.command("/opt/app/bin/app");
    EXPECT_THAT(
        error,
        HasSubstr("/opt/app/bin/app needs libanswer.so.1, found nowhere; searched /opt/app/bin/../lib"));
    EXPECT_THAT(error, HasSubstr("install the package"));
}

TEST_F(ClosureTest, PassesOverLibrariesOfAnotherMachine) {
    build_app();
    std::string foreign = slurp(root() + "/opt/app/lib/libanswer.so.1");
    foreign[18] = 0x28;  // e_machine: ARM
    host_file("/opt/app/lib/libanswer.so.1", foreign, 0755);
    Planned planned(root());
    EXPECT_THAT(planned.command("/opt/app/bin/app"), HasSubstr("found nowhere"));
}

TEST_F(ClosureTest, FollowsInterpreters) {
    host_file("/usr/bin/sh", "shell", 0755);
    host_file("/usr/bin/env", "env", 0755);
    host_file("/usr/bin/python3", "python", 0755);
    host_file("/usr/bin/script", "#!/bin/sh\n", 0755);
    host_file("/usr/bin/tool", "#! /usr/bin/env -S X=1 python3 -u\n", 0755);
    host_file("/usr/bin/broken", "#!/usr/bin/nosuch\n", 0755);
    Planned planned(root());
    EXPECT_EQ(planned.command("script"), "");
    EXPECT_TRUE(planned.has("/bin"));
    EXPECT_TRUE(planned.has("/usr/bin/sh"));
    EXPECT_EQ(planned.command("tool"), "");
    EXPECT_TRUE(planned.has("/usr/bin/python3"));
    EXPECT_THAT(planned.command("broken"),
                HasSubstr("/usr/bin/broken needs the interpreter /usr/bin/nosuch"));
}

TEST_F(ClosureTest, InterpreterLoopEnds) {
    host_file("/usr/bin/loop", "#!/usr/bin/loop\n", 0755);
    Planned planned(root());
    EXPECT_EQ(planned.command("loop"), "");
}

TEST_F(ClosureTest, KeepsSymlinkChains) {
    host_file("/opt/real/vim.tiny", "x", 0755);
    host_link("/usr/bin/vi", "/etc/alternatives/vi");
    host_link("/etc/alternatives/vi", "/opt/link/vim.tiny");
    host_link("/opt/link", "real");
    Planned planned(root());
    EXPECT_EQ(planned.command("vi"), "");
    EXPECT_EQ(planned.plan.find("/usr/bin/vi")->text, "/etc/alternatives/vi");
    EXPECT_EQ(planned.plan.find("/opt/link")->text, "real");
    EXPECT_EQ(planned.plan.find("/opt/real/vim.tiny")->kind, EntryKind::kFile);
}

TEST_F(ClosureTest, RefusesSymlinkLoops) {
    host_link("/usr/bin/a", "b");
    host_link("/usr/bin/b", "a");
    Planned planned(root());
    EXPECT_THAT(planned.command("/usr/bin/a"), HasSubstr("Too many levels of symbolic links"));
}

TEST_F(ClosureTest, RefusesWhatIsNoProgram) {
    host_file("/usr/bin/data", "x", 0644);
    host_file("/usr/bin/secret", "x", 0750);
    Planned planned(root());
    EXPECT_THAT(planned.command("/usr/bin"), HasSubstr("is a directory, expected a program"));
    EXPECT_THAT(planned.command("/usr/bin/data"), HasSubstr("is not executable"));
    EXPECT_THAT(planned.command("/usr/bin/secret"), HasSubstr("not readable by everybody"));
    EXPECT_THAT(planned.command("nosuch"), HasSubstr("No such file"));
    EXPECT_THAT(planned.command("../x"), HasSubstr("absolute path"));
}

TEST_F(ClosureTest, SymlinksNeverLeaveTheRoot) {
    host_link("/usr/bin/escape", "../../../../../../../../../../etc/hostname");
    Planned planned(root());
    EXPECT_NE(planned.command("/usr/bin/escape"), "");
}

TEST_F(ClosureTest, RefusesPlacesOfTheInstance) {
    host_file("/etc/passwd", "x");
    host_file("/dev/null", "x");
    host_file("/home/h/file", "x");
    Planned planned(root(), {"/home/h"});
    for (const char* path : {"/etc/passwd", "/dev/null", "/home/h/file", "/etc", "/tmp", "/proc/self"})
        EXPECT_THAT(planned.file(path), HasSubstr("itself")) << path;
}

TEST_F(ClosureTest, KeepsLinksIntoPlacesOfTheInstance) {
    host_link("/etc/mtab", "../proc/self/mounts");
    Planned planned(root());
    EXPECT_EQ(planned.file("/etc/mtab"), "");
    EXPECT_TRUE(planned.has("/etc/mtab"));
    EXPECT_FALSE(planned.has("/proc"));
}

TEST_F(ClosureTest, TakesDirectoriesWholeWithoutSpecialFiles) {
    host_file("/usr/share/d/a", "x");
    host_file("/usr/share/d/sub/b", "x");
    host_link("/usr/share/d/dangling", "nowhere");
    ASSERT_EQ(::mkfifo((root() + "/usr/share/d/fifo").c_str(), 0644), 0);
    Planned planned(root());
    EXPECT_EQ(planned.file("/usr/share/d"), "");
    EXPECT_TRUE(planned.has("/usr/share/d/sub/b"));
    EXPECT_TRUE(planned.has("/usr/share/d/dangling"));
    EXPECT_FALSE(planned.has("/usr/share/d/fifo"));
    EXPECT_THAT(planned.file("/usr/share/d/fifo"), HasSubstr("neither a file"));
}

TEST_F(ClosureTest, MatchesPatterns) {
    host_file("/usr/lib/x86_64-linux-gnu/gconv/A.so", "x");
    host_file("/usr/lib/x86_64-linux-gnu/gconv/B.so", "x");
    Planned planned(root());
    EXPECT_EQ(planned.file("/usr/lib/*-linux-gnu/gconv/*.so"), "");
    EXPECT_TRUE(planned.has("/usr/lib/x86_64-linux-gnu/gconv/B.so"));
    EXPECT_THAT(planned.file("/usr/lib/*-none/x"), HasSubstr("matches nothing"));
}

// A bundle's pattern meets what this host happens to have: that must not keep a jail from being built.
TEST_F(ClosureTest, OptionalDataMayLackLibrariesAndReadability) {
    build_app();
    ASSERT_EQ(::unlink((root() + "/opt/app/lib/libanswer.so.1").c_str()), 0);
    host_file("/etc/tool/conf.d/open", "x");
    host_file("/etc/tool/conf.d/secret", "x", 0600);
    Planned planned(root());
    EXPECT_EQ(planned.optional_file("/opt/app/*"), "");
    EXPECT_TRUE(planned.has("/opt/app/bin/app"));
    EXPECT_EQ(planned.optional_file("/etc/tool/conf.d"), "");
    EXPECT_TRUE(planned.has("/etc/tool/conf.d/open"));
    EXPECT_FALSE(planned.has("/etc/tool/conf.d/secret"));
    // Asked for by name, afterwards, both are errors.
    EXPECT_THAT(planned.file("/opt/app"), HasSubstr("needs libanswer.so.1, found nowhere"));
    EXPECT_THAT(planned.file("/etc/tool/conf.d"), HasSubstr("secret is not readable by everybody"));
}

TEST_F(ClosureTest, PlacesContentAndRefusesConflicts) {
    host_link("/etc/motd", "/run/motd.dynamic");
    Planned planned(root());
    OriginatedFile file;
    file.origin = "jail test";
    file.file.path = "/etc/motd";  // the host's is a link; the jail's own stays where it is written
    file.file.content = "hello";
    EXPECT_TRUE(planned.closure.add_file(file));
    EXPECT_EQ(planned.plan.find("/etc/motd")->kind, EntryKind::kFile);
    file.file.content = "other";
    const Result<> again = planned.closure.add_file(file);
    ASSERT_FALSE(again);
    EXPECT_THAT(again.error().message(), HasSubstr("/etc/motd would be a file with its own content"));
}

TEST_F(ClosureTest, EveryTreeHasItsBase) {
    Planned planned(root());
    ASSERT_TRUE(planned.closure.add_base("/usr/bin/jailshell"));
    EXPECT_EQ(planned.plan.find("/bin")->text, "usr/bin");
    EXPECT_EQ(planned.plan.find("/var/tmp")->text, "../tmp");
    EXPECT_EQ(planned.plan.find("/var/run")->text, "../run");
    EXPECT_TRUE(planned.plan.find("/usr/bin/jailshell")->executable);
}

// Passed over, the jail would have another library, or program, than the host runs.
TEST_F(ClosureTest, WhatAnAccountCanWriteIsNamedWhereTheHostWouldTakeItFrom) {
    for (const char* directory : {"/srv/libs", "/usr/lib"})
        compile(directory + std::string("/libanswer.so.1"), kLibrary,
                {"-shared", "-fPIC", "-Wl,-soname,libanswer.so.1"});
    compile("/usr/bin/app", kProgram,
            {"@/srv/libs/libanswer.so.1", "-no-pie", "-Wl,--dynamic-linker,/lib64/ld-test.so"});
    host_file("/lib64/ld-test.so", "x", 0755);
    host_file("/etc/ld.so.conf", "/srv/libs\n");
    host_file("/usr/local/bin/tool", "x", 0755);
    host_file("/usr/bin/tool", "x", 0755);
    ASSERT_EQ(::chmod((root() + "/srv/libs").c_str(), 0775), 0);
    ASSERT_EQ(::chmod((root() + "/usr/local/bin").c_str(), 02775), 0);
    Planned planned(root());
    EXPECT_THAT(planned.command("app"), HasSubstr("/srv/libs (writable for group"));
    EXPECT_THAT(planned.command("tool"), HasSubstr("/usr/local/bin (writable for group"));
    EXPECT_THAT(planned.command("tool"), HasSubstr("run chmod g-w on it"));
    EXPECT_THAT(planned.optional_file("/usr/local/bin/*"), HasSubstr("/usr/local/bin (writable for group"));
    EXPECT_EQ(planned.optional_file("/usr/local/etc/*"), "");
}

// Of one name a link that others can change, in a directory that they cannot: what it leads to counts.
TEST_F(ClosureTest, ALinkLeadsToWhatIsTrustedOrIsAnError) {
    host_file("/srv/open/file", "x");
    host_link("/usr/share/link", "/srv/open/file");
    Planned trusted(root());
    EXPECT_EQ(trusted.file("/usr/share/link"), "");
    ASSERT_EQ(::chmod((root() + "/srv/open").c_str(), 01777), 0);
    Planned planned(root());
    EXPECT_THAT(planned.file("/usr/share/link"), HasSubstr("/srv/open (writable for everybody)"));
    EXPECT_THAT(planned.file("/usr/share/*"), HasSubstr("/srv/open (writable for everybody)"));
}

TEST_F(ClosureTest, MountPointsHaveTheKindOfTheirSource) {
    host_file("/srv/data/file", "x");
    host_link("/srv/link", "data");
    Planned planned(root());
    EXPECT_TRUE(planned.closure.add_mount_point({"/srv/data", "/data/in", false, false}));
    EXPECT_EQ(planned.plan.find("/data/in")->kind, EntryKind::kDirectory);
    EXPECT_TRUE(planned.closure.add_mount_point({"/srv/data/file", "/data/one", false, false}));
    EXPECT_EQ(planned.plan.find("/data/one")->kind, EntryKind::kFile);
    EXPECT_FALSE(planned.closure.add_mount_point({"/srv/link", "/a", false, false}));
    EXPECT_FALSE(planned.closure.add_mount_point({"/srv/data", "/proc/x", false, false}));
    EXPECT_FALSE(planned.closure.add_mount_point({"/srv/none", "/b", false, false}));
}

}  // namespace
}  // namespace jail::provision
