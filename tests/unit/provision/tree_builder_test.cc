// SPDX-License-Identifier: Apache-2.0
#include "provision/tree/tree_builder.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "provision/base/file_io.h"
#include "provision/base/problem.h"
#include "tests/unit/provision/test_host.h"

namespace jail::provision {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class TreeBuilderTest : public TestHost {
protected:
    Result<BuiltTree> build(const std::vector<std::string>& files) {
        Planned planned(root());
        for (const std::string& file : files) EXPECT_EQ(planned.file(file), "");
        SourceIndex index(layout_.state_dir + "/sources");
        Progress progress;
        TreeBuilder builder(layout_, planned.files, index, progress);
        return builder.build(planned.plan);
    }
    std::string tree(const BuiltTree& built) const { return layout_.state_dir + "/trees/" + built.id; }
    struct stat status(const std::string& path) const {
        struct stat result = {};
        EXPECT_EQ(::lstat(path.c_str(), &result), 0) << path;
        return result;
    }
};

TEST_F(TreeBuilderTest, SameContentSharesAnInode) {
    host_file("/usr/share/a", "same");
    host_file("/usr/share/b", "same");
    host_file("/usr/share/x", "same", 0755);
    const Result<BuiltTree> built = build({"/usr/share/a", "/usr/share/b", "/usr/share/x"});
    ASSERT_TRUE(built) << describe(built.error());
    const std::string base = tree(built.value()) + "/usr/share/";
    EXPECT_EQ(status(base + "a").st_ino, status(base + "b").st_ino);
    EXPECT_NE(status(base + "a").st_ino, status(base + "x").st_ino);
    EXPECT_NE(status(base + "a").st_ino,
              status(root() + "/usr/share/a").st_ino);  // never the host's own file
    EXPECT_EQ(built.value().new_files, 2u);
    EXPECT_EQ(slurp(base + "x"), "same");
}

TEST_F(TreeBuilderTest, DropsSpecialModeBits) {
    host_file("/usr/share/su", "x");
    ASSERT_EQ(::chmod((root() + "/usr/share/su").c_str(), 06755), 0);
    host_file("/usr/share/odd", "x");
    ASSERT_EQ(::chmod((root() + "/usr/share/odd").c_str(), 0640 | 04), 0);
    const Result<BuiltTree> built = build({"/usr/share/su", "/usr/share/odd"});
    ASSERT_TRUE(built);
    EXPECT_EQ(status(tree(built.value()) + "/usr/share/su").st_mode & 07777, 0755u);
    EXPECT_EQ(status(tree(built.value()) + "/usr/share/odd").st_mode & 07777, 0644u);
    EXPECT_EQ(status(tree(built.value()) + "/usr").st_mode & 07777, 0755u);
}

TEST_F(TreeBuilderTest, ModesDoNotDependOnUmask) {
    host_file("/usr/share/a", "x", 0755);
    (void)::umask(077);
    const Result<BuiltTree> built = build({"/usr/share/a"});
    (void)::umask(022);
    ASSERT_TRUE(built);
    EXPECT_EQ(status(tree(built.value()) + "/usr/share/a").st_mode & 07777, 0755u);
    EXPECT_EQ(status(tree(built.value()) + "/usr/share").st_mode & 07777, 0755u);
    EXPECT_EQ(status(layout_.state_dir + "/staging").st_mode & 07777, 0700u);
}

TEST_F(TreeBuilderTest, TheSamePlanIsTheSameTree) {
    host_file("/usr/share/a", "one");
    const Result<BuiltTree> first = build({"/usr/share/a"});
    const Result<BuiltTree> second = build({"/usr/share/a"});
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first.value().id, second.value().id);
    EXPECT_TRUE(first.value().created);
    EXPECT_FALSE(second.value().created);
    EXPECT_EQ(second.value().new_files, 0u);
    host_file("/usr/share/a", "two");
    const Result<BuiltTree> third = build({"/usr/share/a"});
    ASSERT_TRUE(third);
    EXPECT_NE(third.value().id, first.value().id);
    EXPECT_EQ(slurp(tree(first.value()) + "/usr/share/a"), "one");  // the old one is what it was
}

TEST_F(TreeBuilderTest, StagingIsRemoved) {
    host_file("/usr/share/a", "x");
    ASSERT_TRUE(build({"/usr/share/a"}));
    EXPECT_TRUE(fs::is_empty(layout_.state_dir + "/staging"));
    fs::create_directories(layout_.state_dir + "/staging/deadbeef/tree/usr");
    remove_stale_staging(layout_);
    EXPECT_TRUE(fs::is_empty(layout_.state_dir + "/staging"));
}

TEST_F(TreeBuilderTest, AFullDiskLeavesNothingBehind) {
    host_file("/usr/share/small", "x");
    host_file("/usr/share/large", std::string(200'000, 'x'));
    const Result<BuiltTree> before = build({"/usr/share/small"});
    ASSERT_TRUE(before);
    rlimit old = {};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
    const rlimit small = {100'000, old.rlim_max};
    const auto handler = ::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const Result<BuiltTree> failed = build({"/usr/share/small", "/usr/share/large"});
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
    (void)::signal(SIGXFSZ, handler);
    ASSERT_FALSE(failed);
    EXPECT_THAT(describe(failed.error()), HasSubstr("write the copy of /usr/share/large: File too large"));
    EXPECT_TRUE(fs::is_empty(layout_.state_dir + "/staging"));
    EXPECT_EQ(names_in(layout_.state_dir + "/trees").size(), 1u);
    EXPECT_EQ(slurp(tree(before.value()) + "/usr/share/small"), "x");
}

TEST_F(TreeBuilderTest, UnchangedSourcesAreNotReadAgain) {
    host_file("/usr/share/a", "x");
    ::usleep(30'000);  // past the time in which another write could carry the same stamp
    SourceIndex index(layout_.state_dir + "/sources");
    const FileState state = read_state(root() + "/usr/share/a");
    index.remember("/usr/share/a", state, std::string(64, 'a'));
    EXPECT_EQ(index.find("/usr/share/a", state), std::string(64, 'a'));
    ASSERT_TRUE(make_directories(layout_.state_dir));
    ASSERT_TRUE(index.save());
    EXPECT_EQ(SourceIndex(layout_.state_dir + "/sources").find("/usr/share/a", state), std::string(64, 'a'));
    host_file("/usr/share/a", "y");
    EXPECT_EQ(index.find("/usr/share/a", read_state(root() + "/usr/share/a")), "");
}

}  // namespace
}  // namespace jail::provision
