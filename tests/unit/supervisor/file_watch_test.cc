// SPDX-License-Identifier: Apache-2.0
#include "supervisor/watch/file_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include "libjail/base/readable.h"

namespace jail::supervisor {
namespace {

namespace fs = std::filesystem;

class FileWatchTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_NE(::mkdtemp(directory_), nullptr); }
    void TearDown() override { fs::remove_all(directory_); }

    bool reports() { return is_readable(watch_.descriptor()); }
    std::string path(const char* name) const { return std::string(directory_) + "/" + name; }
    void make(const char* name) const { std::ofstream(path(name)) << name; }

    char directory_[32] = "/tmp/file-watch-XXXXXX";
    FileWatch watch_;
};

TEST_F(FileWatchTest, ReportsWhenSomethingIsMadeRemovedOrRenamed) {
    const auto watched = watch_.add(directory_, Change::kLogind);
    ASSERT_TRUE(watched) << watched.error().message();
    EXPECT_FALSE(reports());
    make("a");
    EXPECT_TRUE(reports());
    EXPECT_TRUE(watch_.take().logind);
    EXPECT_FALSE(reports());
    fs::rename(path("a"), path("b"));
    EXPECT_TRUE(watch_.take().logind);
    make("c");  // as logind does it: a file of its own is put over the other
    (void)watch_.take();
    fs::rename(path("c"), path("b"));
    EXPECT_TRUE(watch_.take().logind);
    fs::remove(path("b"));
    EXPECT_TRUE(watch_.take().logind);
}

TEST_F(FileWatchTest, TellsOneChangeFromTheOther) {
    char other[] = "/tmp/file-watch-XXXXXX";
    ASSERT_NE(::mkdtemp(other), nullptr);
    const auto first = watch_.add(directory_, Change::kTerminals),
               second = watch_.add(other, Change::kLogind);
    ASSERT_TRUE(first && second);
    make("a");
    const FileWatch::Changes changes = watch_.take();
    EXPECT_TRUE(changes.terminals);
    EXPECT_FALSE(changes.logind);
    fs::remove_all(other);
}

TEST_F(FileWatchTest, ReportsNothingWhenItsDescriptorIsClosed) {
    auto watched = watch_.add(directory_, Change::kTerminals);
    ASSERT_TRUE(watched);
    watched.value().reset();
    make("a");
    EXPECT_FALSE(reports());
}

TEST_F(FileWatchTest, ADirectoryThatIsNotThereIsAnError) {
    EXPECT_FALSE(watch_.add(path("none"), Change::kLogind));
    std::ofstream(path("file"));
    EXPECT_FALSE(watch_.add(path("file"), Change::kLogind));
}

// Changes that were not read yet count as one: reports are not queued, however fast a directory changes.
TEST_F(FileWatchTest, AThousandChangesAreOneReport) {
    const auto watched = watch_.add(directory_, Change::kTerminals);
    ASSERT_TRUE(watched);
    for (int i = 0; i < 1000; ++i) make(std::to_string(i).c_str());
    EXPECT_TRUE(watch_.take().terminals);
    EXPECT_FALSE(reports());
}

}  // namespace
}  // namespace jail::supervisor
