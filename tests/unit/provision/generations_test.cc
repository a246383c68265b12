// SPDX-License-Identifier: Apache-2.0
// A jail through its generations: held, rolled back, verified, repaired, collected.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>

#include "provision/base/problem.h"
#include "provision/build/garbage_collection.h"
#include "provision/build/jail_build.h"
#include "provision/commands/commands.h"
#include "provision/commands/report.h"
#include "provision/tree/provenance.h"
#include "provision/tree/publisher.h"
#include "provision/tree/tree_verification.h"
#include "tests/unit/provision/test_host.h"

namespace jail::provision {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class GenerationsTest : public TestHost {
protected:
    GenerationsTest() {
        host_file("/usr/bin/bash", "bash", 0755);
        host_file("/usr/bin/ls", "ls", 0755);
        jail("a", "jail: a\ncommands: [bash, ls]\n");
    }
    JailBuild build(const BuildOptions& options = {}) {
        Diagnostics diagnostics;
        Result<JailBuild> built = build_jail(layout_, "a", options, diagnostics);
        EXPECT_TRUE(built) << describe(built.error()) << diagnostics.joined();
        return built ? std::move(built).value() : JailBuild();
    }
    // A generation more, with another /usr/bin/ls.
    JailBuild next(const std::string& content) {
        host_file("/usr/bin/ls", content, 0755);
        return build();
    }
    std::uint64_t current() { return published_manifest(layout_, "a").value().generation; }
    std::string tree(std::uint64_t generation) {
        return tree_path(layout_, generation_manifest(layout_, "a", generation).value().tree);
    }
    std::string output(const std::function<int()>& command, int expected = 0) {
        testing::internal::CaptureStdout();
        EXPECT_EQ(command(), expected);
        return testing::internal::GetCapturedStdout();
    }
    std::string verify(int expected) {
        return output([this] { return verify_tree_command(layout_, {}, {"a"}, false); }, expected);
    }
    int rollback(std::optional<std::uint64_t> generation) {
        return rollback_command(layout_, {}, "a", generation);
    }
};

TEST_F(GenerationsTest, ARolledBackJailStaysUntilItIsNamed) {
    build();
    next("newer");
    ASSERT_EQ(current(), 2u);
    output([this] { return rollback({}); });
    EXPECT_EQ(current(), 1u);
    EXPECT_EQ(slurp(tree(1) + "/usr/bin/ls"), "ls");
    EXPECT_TRUE(build({.keep_held = true}).held);
    EXPECT_EQ(current(), 1u);
    EXPECT_THAT(output([this] { return update_command(layout_, {}, {}, false); }),
                HasSubstr("held at generation 1"));
    EXPECT_TRUE(build().changed);  // named
    EXPECT_EQ(current(), 3u);
    EXPECT_FALSE(held(layout_, published_manifest(layout_, "a").value()));
}

TEST_F(GenerationsTest, RollingForwardToTheNewestReleasesTheHold) {
    build();
    next("newer");
    output([this] { return rollback(1); });
    output([this] { return rollback(2); });
    EXPECT_EQ(current(), 2u);
    EXPECT_FALSE(build({.keep_held = true}).held);
}

TEST_F(GenerationsTest, RollbackRefusesWhatIsNotThere) {
    build();
    output([this] { return rollback({}); }, 1);
    output([this] { return rollback(7); }, 1);
    next("newer");
    fs::rename(tree(1), tree(1) + ".gone");
    output([this] { return rollback(1); }, 1);
    EXPECT_EQ(current(), 2u);
}

TEST_F(GenerationsTest, AKilledPublicationIsCompletedByTheNext) {
    build();
    // Killed between switching and keeping: the current manifest has no name among the generations.
    next("newer");
    fs::remove(layout_.state_dir + "/generations/a/2");
    EXPECT_EQ(next("newest").manifest.generation, 3u);
    EXPECT_EQ(generations(layout_, "a").size(), 3u);
}

TEST_F(GenerationsTest, ShowSaysWhatIsLimitedAndWhatOfItByDefault) {
    jail("a", "jail: a\ncommands: [bash]\nlimits: {tasks: 9, sessions: none, io: {read: 1M}}\n");
    build();
    EXPECT_THAT(output([this] { return show_command(layout_, {}, "a"); }),
                HasSubstr("limits       cpu none, cpu_time none, file_size none, idle none, io.read 1.0 MiB, "
                          "io.write none, memory 1.0 GiB (default), open_files 1024, session_time none, "
                          "sessions none, swap 0 (default), tasks 9\n"));
    CommonOptions as_json;
    as_json.json = true;
    const std::string json = output([&] { return show_command(layout_, as_json, "a"); });
    EXPECT_THAT(json, HasSubstr("\"sessions\": null"));
    EXPECT_THAT(json, HasSubstr("\"memory\": 1073741824"));
}

TEST_F(GenerationsTest, HistoryAndDiffTellWhatChanged) {
    build();
    next("newer");
    jail("a", "jail: a\ncommands: [bash]\nlimits: {tasks: 9}\n");
    build();
    const std::string history = output([this] { return history_command(layout_, {}, "a"); });
    EXPECT_THAT(history, HasSubstr("~1 files"));
    EXPECT_THAT(history, HasSubstr("-1 files, policy"));
    EXPECT_THAT(history, HasSubstr("3 *"));
    const std::string diff = output([this] { return diff_command(layout_, {}, "a", {1, 3}); });
    EXPECT_THAT(diff, HasSubstr("- /usr/bin/ls\n"));
    EXPECT_THAT(diff, HasSubstr("limits.tasks: 256 -> 9\n"));
    EXPECT_THAT(output([this] {
                    return diff_command(layout_, {}, "a", {1, 2});
                }),
                HasSubstr("~ /usr/bin/ls (content)\n"));
    EXPECT_THAT(output([this] { return diff_command(layout_, {}, "a", {}); }), HasSubstr("no difference"));
    host_file("/usr/bin/bash", "newer", 0755);
    EXPECT_THAT(output([this] { return diff_command(layout_, {}, "a", {}); }),
                HasSubstr("~ /usr/bin/bash (content)\n"));
    EXPECT_EQ(current(), 3u);
    output([this] { return diff_command(layout_, {}, "a", {9}); }, 1);
}

TEST_F(GenerationsTest, WhyLeadsFromTheFileToThePolicy) {
    host_file("/usr/bin/script", "#!/bin/bash\n", 0755);
    jail("a", "jail: a\ncommands: [bash, script]\n");
    build();
    const std::string why = output([this] { return why_command(layout_, {}, "a", "/bin/bash"); });
    EXPECT_THAT(why, HasSubstr("/bin\n"));
    EXPECT_THAT(why, HasSubstr("/usr/bin/bash\n  needed by jail a, command bash\n"));
    EXPECT_THAT(why, HasSubstr("also needed by /usr/bin/script"));
    output([this] { return why_command(layout_, {}, "a", "/usr/bin/ls"); }, 1);
    output([this] { return why_command(layout_, {}, "a", "ls"); }, 1);
}

TEST_F(GenerationsTest, VerifyFindsEveryKindOfDriftAndRepairEndsIt) {
    host_link("/usr/bin/link", "ls");
    jail("a", "jail: a\ncommands: [bash, ls, link]\n");
    build();
    EXPECT_THAT(verify(0), HasSubstr("as they were built"));
    const std::string root = tree(1) + "/usr/bin/";
    const auto damage = [&](const std::string& what, const std::function<void()>& damaging) {
        damaging();
        EXPECT_THAT(verify(1), HasSubstr(what));
        output([this] { return verify_tree_command(layout_, {}, {"a"}, true); });
        EXPECT_THAT(verify(0), HasSubstr("as they were built")) << what;
    };
    damage("/usr/bin/ls: content differs", [&] { write(root + "ls", "evil", 0755); });
    damage("/usr/bin/ls: mode is 4755, expected 0755", [&] { ::chmod((root + "ls").c_str(), 04755); });
    damage("/usr/bin: mode is 0777, expected 0755", [&] { ::chmod(root.c_str(), 0777); });
    damage("/usr/bin/ls: missing", [&] { fs::remove(root + "ls"); });
    damage("/usr/bin/extra: is not the tree's", [&] { write(root + "extra", "x"); });
    damage("/usr/bin/link: points elsewhere, expected ls", [&] {
        fs::remove(root + "link");
        fs::create_symlink("bash", root + "link");
    });
    damage("/usr/bin/bash: is of another type", [&] {
        fs::remove(root + "bash");
        fs::create_symlink("ls", root + "bash");
    });
    EXPECT_EQ(current(), 1u) << "the same tree was restored";
    EXPECT_EQ(slurp(root + "ls"), "ls");
}

TEST_F(GenerationsTest, RepairAfterTheHostChangedPublishesAndPutsTheDamagedTreeAside) {
    build();
    const std::string old_tree = tree(1);
    write(old_tree + "/usr/bin/bash", "evil", 0755);
    host_file("/usr/bin/ls", "newer", 0755);
    output([this] { return verify_tree_command(layout_, {}, {"a"}, true); });
    EXPECT_EQ(current(), 2u);
    EXPECT_EQ(slurp(tree(2) + "/usr/bin/bash"), "bash") << "the damaged object is not linked again";
    EXPECT_FALSE(fs::exists(old_tree));
}

TEST_F(GenerationsTest, RepairOfATreeThatIsAsItWasBuiltDoesNothing) {
    build();
    host_file("/usr/bin/ls", "newer", 0755);
    EXPECT_THAT(output([this] { return verify_tree_command(layout_, {}, {"a"}, true); }),
                HasSubstr("as it was built, generation 1"));
    EXPECT_EQ(current(), 1u);
    EXPECT_TRUE(fs::exists(tree(1)));
}

TEST_F(GenerationsTest, RepairLeavesATreeThatAnotherJailHas) {
    build();
    jail("b", "jail: b\ncommands: [bash, ls]\n");
    Diagnostics diagnostics;
    ASSERT_TRUE(build_jail(layout_, "b", {}, diagnostics));
    const std::string shared = tree(1);
    ASSERT_EQ(tree_path(layout_, published_manifest(layout_, "b").value().tree), shared);
    write(shared + "/usr/bin/bash", "evil", 0755);
    host_file("/usr/bin/ls", "newer", 0755);
    output([this] { return verify_tree_command(layout_, {}, {"a"}, true); });
    EXPECT_TRUE(fs::exists(shared)) << "b's logins would end";
    EXPECT_EQ(current(), 2u);
    output([this] { return verify_tree_command(layout_, {}, {"b"}, true); });
    EXPECT_FALSE(fs::exists(shared));
    EXPECT_EQ(published_manifest(layout_, "b").value().tree, published_manifest(layout_, "a").value().tree);
}

TEST_F(GenerationsTest, RepairTakesAHeldJailNotForward) {
    build();
    next("newer");
    output([this] { return rollback(1); });
    write(tree(1) + "/usr/bin/bash", "evil", 0755);
    output([this] { return verify_tree_command(layout_, {}, {"a"}, true); }, 1);
    EXPECT_EQ(current(), 1u);
    EXPECT_TRUE(fs::exists(tree(1)));
    host_file("/usr/bin/ls", "ls", 0755);
    EXPECT_THAT(output([this] { return verify_tree_command(layout_, {}, {"a"}, true); }),
                HasSubstr("restored, generation 1"));
    EXPECT_EQ(current(), 1u);
    EXPECT_EQ(slurp(tree(1) + "/usr/bin/bash"), "bash");
    EXPECT_EQ(generations(layout_, "a").size(), 2u);
}

TEST_F(GenerationsTest, TheNewestGenerationStaysAndWithItTheHold) {
    build();
    next("newer");
    output([this] { return rollback(1); });
    Garbage garbage = find_garbage(layout_, 0).value();
    ASSERT_TRUE(collect_garbage(layout_, garbage));
    EXPECT_TRUE(held(layout_, published_manifest(layout_, "a").value()));
}

TEST_F(GenerationsTest, AGenerationThatStaysAndCannotBeReadStopsTheCollection) {
    build();
    for (const char* content : {"2", "3"}) next(content);
    write(layout_.state_dir + "/generations/a/2", "damaged");
    const Result<Garbage> garbage = find_garbage(layout_, 2);
    ASSERT_FALSE(garbage) << "who knows what it needs";
    EXPECT_THAT(describe(garbage.error()), HasSubstr("generations/a/2"));
    EXPECT_TRUE(find_garbage(layout_, 1)) << "one that goes needs nothing";
}

TEST_F(GenerationsTest, ADamagedManifestIsNamedWithTheWayOut) {
    build();
    write(manifest_path(layout_, "a"), "damaged");
    const Result<Manifest> manifest = find_published(layout_, "a");
    ASSERT_FALSE(manifest);
    EXPECT_THAT(describe(manifest.error()), HasSubstr(manifest_path(layout_, "a")));
    EXPECT_THAT(describe(manifest.error()), HasSubstr("run jail-provision build a"));
    build();
    EXPECT_TRUE(find_published(layout_, "a"));
}

TEST_F(GenerationsTest, GarbageIsWhatNoGenerationAndNoRunningJailNeeds) {
    build();
    for (const char* content : {"2", "3", "4"}) next(content);
    const std::string in_use = generation_manifest(layout_, "a", 1).value().tree;
    write(layout_.run_dir + "/1000/tree", in_use);
    Garbage garbage = find_garbage(layout_, 1).value();
    EXPECT_EQ(garbage.generations.size(), 3u);
    EXPECT_EQ(garbage.trees.size(), 2u) << "of the three old ones, one is a running jail's";
    const std::string second = tree(2);
    ASSERT_TRUE(collect_garbage(layout_, garbage));
    EXPECT_EQ(garbage.objects.size(), 2u);
    EXPECT_FALSE(fs::exists(second));
    EXPECT_TRUE(fs::exists(tree_path(layout_, in_use)));
    EXPECT_EQ(slurp(tree(4) + "/usr/bin/ls"), "4");
    EXPECT_FALSE(load_provenance(layout_, "a", 2));
    EXPECT_TRUE(load_provenance(layout_, "a", 4));
    fs::remove(layout_.run_dir + "/1000/tree");
    garbage = find_garbage(layout_, 1).value();
    ASSERT_TRUE(collect_garbage(layout_, garbage));
    EXPECT_FALSE(fs::exists(tree_path(layout_, in_use)));
    EXPECT_THAT(verify(0), HasSubstr("as they were built"));
}

TEST_F(GenerationsTest, TheCurrentGenerationIsNeverGarbage) {
    build();
    for (const char* content : {"2", "3"}) next(content);
    output([this] { return rollback(1); });
    Garbage garbage = find_garbage(layout_, 1).value();
    ASSERT_TRUE(collect_garbage(layout_, garbage));
    EXPECT_EQ(current(), 1u);
    EXPECT_EQ(generations(layout_, "a").size(), 2u) << "the current, and the newest, which it is held before";
    EXPECT_THAT(verify(0), HasSubstr("as they were built"));
    write(manifest_path(layout_, "a"), "damaged");
    EXPECT_FALSE(find_garbage(layout_, 1)) << "who knows what it needs";
}

}  // namespace
}  // namespace jail::provision
