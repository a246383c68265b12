// SPDX-License-Identifier: Apache-2.0
#include "provision/build/jail_build.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>

#include "provision/base/problem.h"
#include "provision/config/default_limits.h"
#include "provision/config/jail_catalog.h"
#include "provision/tree/publisher.h"
#include "tests/unit/provision/test_host.h"

namespace jail::provision {
namespace {

using testing::HasSubstr;

class JailBuildTest : public TestHost {
protected:
    JailBuildTest() {
        host_file("/usr/bin/bash", "bash", 0755);
        host_file("/usr/bin/ls", "ls", 0755);
        host_file("/usr/lib/openssh/sftp-server", "sftp", 0755);
        bundle("sftp", "bundle: sftp\ncommands: [/usr/lib/openssh/sftp-server]\n");
    }
    JailBuild built(const std::string& name) {
        Diagnostics diagnostics;
        Result<JailBuild> build = build_jail(layout_, name, {}, diagnostics);
        EXPECT_TRUE(build) << describe(build.error()) << "\n" << diagnostics.joined();
        return build ? std::move(build).value() : JailBuild();
    }
    std::string complaints(const std::string& yaml) {
        jail("bad", yaml);
        Diagnostics diagnostics;
        check_jail(layout_, jail_file(layout_, "bad"), diagnostics);
        return diagnostics.joined();
    }
};

TEST_F(JailBuildTest, PublishesWhatThePolicySays) {
    jail("a", "jail: a\ncommands: [bash, ls]\naccess: {shell: true, sftp: true}\nlimits: {tasks: 9}\n");
    const JailBuild build = built("a");
    EXPECT_TRUE(build.changed);
    EXPECT_EQ(build.manifest.generation, 1u);
    EXPECT_EQ(build.manifest.shell, "/bin/bash");
    EXPECT_EQ(build.manifest.sftp_server, "/usr/lib/openssh/sftp-server");
    EXPECT_EQ(build.manifest.limits.tasks, 9u);
    EXPECT_EQ(build.manifest.hostname, "a");
    const Result<Manifest> published = published_manifest(layout_, "a");
    ASSERT_TRUE(published);
    EXPECT_TRUE(says_the_same(published.value(), build.manifest));
    EXPECT_TRUE(std::filesystem::exists(tree_path(layout_, build.manifest.tree) + "/usr/bin/ls"));
    EXPECT_TRUE(std::filesystem::exists(layout_.state_dir + "/generations/a/1"));
}

TEST_F(JailBuildTest, AJailHasJailInfoWhereItHasAShell) {
    const auto has_info = [this](const std::string& yaml) {
        jail("a", yaml);
        return std::filesystem::exists(tree_path(layout_, built("a").manifest.tree) + "/usr/bin/jail-info");
    };
    EXPECT_TRUE(has_info("jail: a\ncommands: [bash]\n"));
    EXPECT_FALSE(has_info("jail: a\ncommands: [bash]\ninclude: [sftp]\naccess: {sftp: true}\n"));
    std::filesystem::remove(root() + layout_.info_of_jails);
    EXPECT_THAT(complaints("jail: bad\ncommands: [bash]\n"), HasSubstr("jail-info"));
}

TEST_F(JailBuildTest, CheckRemarksOnWhatAPolicyLacks) {
    host_file("/usr/bin/su", "su", 04755);
    jail("a", "jail: a\naccounts: [no-such-account]\ncommands: [bash, su]\n");
    Diagnostics of_check;
    check_jail(layout_, jail_file(layout_, "a"), of_check);
    EXPECT_EQ(of_check.joined(), "");
    std::string notes;
    for (const std::string& note : of_check.notes()) notes += note + "\n";
    EXPECT_THAT(notes,
                HasSubstr("a.yaml:2:12: no such account 'no-such-account' on this host; jail-provision add "
                          "--create makes it\n"));
    EXPECT_THAT(notes, HasSubstr("a.yaml:3:18: 'su' works by its setuid bit"));
    EXPECT_THAT(notes, HasSubstr("a.yaml:1:7: a shell without sftp: sftp and scp will fail"));
    EXPECT_THAT(notes, Not(HasSubstr("'bash'")));
    jail("a", "jail: a\ncommands: [bash]\naccess: {shell: true}\n");
    Diagnostics decided;
    check_jail(layout_, jail_file(layout_, "a"), decided);
    for (const std::string& note : decided.notes()) EXPECT_THAT(note, Not(HasSubstr("sftp")));
}

TEST_F(JailBuildTest, TheSecondBuildIsUnchanged) {
    jail("a", "jail: a\ncommands: [bash]\n");
    ::usleep(30'000);
    EXPECT_TRUE(built("a").changed);
    const JailBuild second = built("a");
    EXPECT_FALSE(second.changed);
    EXPECT_TRUE(second.current);
    host_file("/usr/bin/bash", "newer bash", 0755);
    const JailBuild third = built("a");
    EXPECT_TRUE(third.changed);
    EXPECT_EQ(third.manifest.generation, 2u);
}

TEST_F(JailBuildTest, AProgramThatAppearsEarlierInPathCounts) {
    jail("a", "jail: a\ncommands: [bash]\n");
    ::usleep(30'000);
    (void)built("a");
    host_file("/usr/local/bin/bash", "another", 0755);
    EXPECT_TRUE(built("a").changed);
}

TEST_F(JailBuildTest, EqualPoliciesShareATree) {
    jail("a", "jail: a\ncommands: [bash]\n");
    jail("b", "jail: b\ncommands: [bash]\nlimits: {tasks: 7}\n");
    EXPECT_EQ(built("a").manifest.tree, built("b").manifest.tree);
}

TEST_F(JailBuildTest, GenerationsAreNeverReused) {
    jail("a", "jail: a\ncommands: [bash]\n");
    (void)built("a");
    std::filesystem::remove(manifest_path(layout_, "a"));
    EXPECT_EQ(built("a").manifest.generation, 2u);
    write(manifest_path(layout_, "a"), "garbage");
    EXPECT_EQ(built("a").manifest.generation, 3u);
}

TEST_F(JailBuildTest, ADryRunWritesNothing) {
    jail("a", "jail: a\ncommands: [bash]\n");
    Diagnostics diagnostics;
    const Result<JailBuild> build = build_jail(layout_, "a", {.dry_run = true}, diagnostics);
    ASSERT_TRUE(build);
    EXPECT_TRUE(build.value().changed);
    EXPECT_FALSE(std::filesystem::exists(layout_.state_dir));
}

TEST_F(JailBuildTest, ReportsUnknownNamesWithPlaceAndNearest) {
    EXPECT_THAT(complaints("jail: bad\ncommands: [bsh]\n"),
                HasSubstr("bad.yaml:2:12: unknown command 'bsh'"));
    EXPECT_THAT(complaints("jail: bad\ncommands: [bsh]\n"), HasSubstr("did you mean 'bash'?"));
    EXPECT_THAT(complaints("jail: bad\ninclude: [sfpt]\n"),
                HasSubstr("bad.yaml:2:11: unknown bundle 'sfpt', did you mean 'sftp'?"));
    EXPECT_THAT(complaints("jail: bad\ncommands: [bash]\nsyscalls: {allow: [ptrac]}\n"),
                HasSubstr("did you mean 'ptrace'?"));
}

TEST_F(JailBuildTest, ReportsContradictions) {
    EXPECT_THAT(complaints("jail: bad\ncommands: [ls]\n"), HasSubstr("nobody could log in"));
    EXPECT_THAT(complaints("jail: bad\ncommands: [ls]\naccess: {shell: true}\n"), HasSubstr("has no shell"));
    EXPECT_THAT(complaints("jail: bad\ninclude: [sftp]\naccess: {sftp: false, shell: true}\n"),
                HasSubstr("conflict"));
    EXPECT_THAT(complaints("jail: bad\ncommands: [bash]\nshell: /bin/zsh\n"),
                HasSubstr("the shell /bin/zsh is not a program"));
    EXPECT_THAT(complaints("jail: other\ncommands: [bash]\n"), HasSubstr("expected other.yaml"));
    EXPECT_THAT(
        complaints("jail: bad\ncommands: [bash]\ninstance: session\nlimits: {sessions: 65}\n"),
        HasSubstr("bad.yaml:4:20: conflict: sessions says 65, and with instance: session an account has "
                  "64 at most"));
}

TEST_F(JailBuildTest, AccessWithoutAShellBringsItsProgramAndNothingElse) {
    host_file("/usr/bin/scp", "a program", 0755);
    bundle("scp", "bundle: scp\ncommands: [scp]\n");
    jail("a", "jail: a\naccess: {shell: false, scp: true}\n");
    const JailBuild build = built("a");
    const Access& access = build.manifest.access;
    EXPECT_TRUE(access.scp);
    EXPECT_FALSE(access.shell || access.sftp || access.rsync || access.git);
    EXPECT_TRUE(std::filesystem::exists(tree_path(layout_, build.manifest.tree) + "/usr/bin/scp"));
    EXPECT_FALSE(std::filesystem::exists(tree_path(layout_, build.manifest.tree) + "/usr/bin/bash"));
}

TEST_F(JailBuildTest, AccessWithoutAShellNeedsItsProgramWhereItIsLookedFor) {
    bundle("rsync", "bundle: rsync\n");
    EXPECT_THAT(complaints("jail: bad\naccess: {rsync: true}\n"),
                HasSubstr("bad.yaml:2:9: access needs rsync, which is not in this jail's"));
    EXPECT_EQ(complaints("jail: bad\ncommands: [bash]\naccess: {shell: true, rsync: true}\n"), "");
}

TEST_F(JailBuildTest, BundlesMayIncludeButNotInCircles) {
    bundle("one", "bundle: one\ninclude: [two]\ncommands: [bash]\n");
    bundle("two", "bundle: two\ninclude: [one]\n");
    EXPECT_THAT(complaints("jail: bad\ninclude: [one]\n"),
                HasSubstr("two.yaml:2:11: bundle 'one' includes itself"));
}

TEST_F(JailBuildTest, LocalBundlesWin) {
    bundle("tools", "bundle: tools\ncommands: [nosuch]\n");
    write(layout_.config_dir + "/bundles/tools.yaml", "bundle: tools\ncommands: [bash]\n");
    EXPECT_EQ(complaints("jail: bad\ninclude: [tools]\n"), "");
}

TEST_F(JailBuildTest, ABadSourceKeepsThePublishedGeneration) {
    jail("a", "jail: a\ncommands: [bash]\n");
    const JailBuild before = built("a");
    jail("a", "jail: a\ncommands: [bash, nosuch]\n");
    Diagnostics diagnostics;
    EXPECT_FALSE(build_jail(layout_, "a", {}, diagnostics));
    const Result<Manifest> published = published_manifest(layout_, "a");
    ASSERT_TRUE(published);
    EXPECT_EQ(published.value().tree, before.manifest.tree);
}

TEST_F(JailBuildTest, LimitsThatThisHostCannotHoldAreErrors) {
    layout_.cgroup_root = directory_ + "/no-hierarchy";
    const std::string yaml = "jail: bad\ncommands: [bash]\nlimits: {tasks: 9, cpu: 50%, io: {read: 1M}}\n";
    EXPECT_THAT(complaints(yaml), HasSubstr("bad.yaml:3:17: this host cannot limit tasks: no control group"));
    EXPECT_THAT(complaints(yaml), HasSubstr("bad.yaml:3:25: this host cannot limit cpu"));
    EXPECT_THAT(complaints(yaml), HasSubstr("bad.yaml:3:41: this host cannot limit io"));
    EXPECT_EQ(complaints("jail: bad\ncommands: [bash]\nlimits: {open_files: 99, idle: 1h}\n"), "");
    EXPECT_THAT(complaints("jail: bad\ncommands: [bash]\nlimits: {swap: 0}\n"),
                HasSubstr("bad.yaml:3:16: this host cannot limit swap"));
}

TEST_F(JailBuildTest, DefaultsThatThisHostCannotHoldAreNotedAndMarkedInTheManifest) {
    layout_.cgroup_root = directory_ + "/no-hierarchy";
    jail("plain", "jail: plain\ncommands: [bash]\naccess: {shell: true}\n");
    Diagnostics diagnostics;
    check_jail(layout_, jail_file(layout_, "plain"), diagnostics);
    EXPECT_EQ(diagnostics.joined(), "");
    EXPECT_THAT(diagnostics.notes(),
                testing::UnorderedElementsAre(HasSubstr("plain.yaml:1:7: this host cannot limit memory"),
                                              HasSubstr("this host cannot limit swap"),
                                              HasSubstr("this host cannot limit tasks")));
    const Limits limits = built("plain").manifest.limits;
    EXPECT_TRUE(limits.memory_is_default && limits.swap_is_default && limits.tasks_are_default);
    jail("open",
         "jail: open\ncommands: [bash]\naccess: {shell: true}\nlimits: {memory: none, tasks: none}\n");
    Diagnostics none;
    check_jail(layout_, jail_file(layout_, "open"), none);
    EXPECT_EQ(none.joined(), "");
    EXPECT_TRUE(none.notes().empty()) << "somebody has decided";
}

TEST_F(JailBuildTest, SwapNeedsMemory) {
    const std::string yaml = "jail: bad\ncommands: [bash]\nlimits: {memory: none, swap: ";
    for (const std::string swap : {"1G", "0"})
        EXPECT_THAT(complaints(yaml + swap + "}\n"),
                    HasSubstr("bad.yaml:3:30: swap is what a jail may have beside its memory; expected a "
                              "limit of memory too, or swap: none"));
    EXPECT_EQ(complaints(yaml + "none}\n"), "");
}

TEST_F(JailBuildTest, TheDefaultOfMemoryIsAQuarterOfTheMachinesInWholeSteps) {
    const auto with = [this](const std::string& total) {
        layout_.memory_info = write(directory_ + "/meminfo", "MemTotal:  " + total + " kB\nMemFree: 1 kB\n");
        const Result<std::uint64_t> bytes = default_memory(layout_);
        return bytes ? bytes.value() >> 20 : 0;
    };
    layout_.cgroup_root = directory_ + "/cgroup";
    EXPECT_EQ(with("4194304"), 1024u);
    EXPECT_EQ(with("4040404"), 960u) << "a machine of 4 GiB, without what its kernel takes";
    EXPECT_EQ(with("4030303"), 960u) << "and with what another kernel takes";
    EXPECT_EQ(with("33554432"), 2048u);
    EXPECT_EQ(with("100000"), 64u);
    (void)write(directory_ + "/cgroup/memory.max", "max\n");
    EXPECT_EQ(with("4194304"), 1024u);
    (void)write(directory_ + "/cgroup/memory.max", "2147483648\n");
    EXPECT_EQ(with("33554432"), 512u) << "of a container with 2 GiB";
    layout_.memory_info = directory_ + "/nothing";
    EXPECT_FALSE(default_memory(layout_));
}

TEST_F(JailBuildTest, ABuildFollowsTheMachinesMemory) {
    jail("a", "jail: a\ncommands: [bash]\n");
    ::usleep(30'000);
    EXPECT_EQ(built("a").manifest.limits.memory_bytes, 1u << 30);
    EXPECT_TRUE(built("a").current);
    (void)write(layout_.memory_info, "MemTotal: 2097152 kB\n");
    const JailBuild smaller = built("a");
    EXPECT_TRUE(smaller.changed);
    EXPECT_EQ(smaller.manifest.limits.memory_bytes, 512u << 20);
    (void)write(layout_.memory_info, "MemTotal: 2099999 kB\n");
    EXPECT_TRUE(built("a").current);
}

}  // namespace
}  // namespace jail::provision
