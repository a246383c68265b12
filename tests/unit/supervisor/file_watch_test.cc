// SPDX-License-Identifier: Apache-2.0
#include "supervisor/watch/file_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace jail::supervisor {
namespace {

namespace fs = std::filesystem;

class FileWatchTest : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_NE(::mkdtemp(directory_), nullptr); }
    void TearDown() override { fs::remove_all(directory_); }

    bool rings() {
        pollfd bells = {watch_.descriptor(), POLLIN, 0};
        return ::poll(&bells, 1, 0) == 1;
    }
    std::string path(const char* name) const { return std::string(directory_) + "/" + name; }
    void make(const char* name) const { std::ofstream(path(name)) << name; }

    char directory_[32] = "/tmp/file-watch-XXXXXX";
    FileWatch watch_;
};

TEST_F(FileWatchTest, RingsWhenSomethingIsMadeRemovedOrRenamed) {
    const auto watched = watch_.add(directory_, Bell::kLogind);
    ASSERT_TRUE(watched) << watched.error().message();
    EXPECT_FALSE(rings());
    make("a");
    EXPECT_TRUE(rings());
    EXPECT_TRUE(watch_.rung().logind);
    EXPECT_FALSE(rings());
    fs::rename(path("a"), path("b"));
    EXPECT_TRUE(watch_.rung().logind);
    make("c");  // as logind does it: a file of its own is put over the other
    (void)watch_.rung();
    fs::rename(path("c"), path("b"));
    EXPECT_TRUE(watch_.rung().logind);
    fs::remove(path("b"));
    EXPECT_TRUE(watch_.rung().logind);
}

TEST_F(FileWatchTest, TellsOneBellFromTheOther) {
    char other[] = "/tmp/file-watch-XXXXXX";
    ASSERT_NE(::mkdtemp(other), nullptr);
    const auto first = watch_.add(directory_, Bell::kTerminals), second = watch_.add(other, Bell::kLogind);
    ASSERT_TRUE(first && second);
    make("a");
    const FileWatch::Rung rung = watch_.rung();
    EXPECT_TRUE(rung.terminals);
    EXPECT_FALSE(rung.logind);
    fs::remove_all(other);
}

TEST_F(FileWatchTest, RingsNoMoreWhenItsDescriptorIsClosed) {
    auto watched = watch_.add(directory_, Bell::kTerminals);
    ASSERT_TRUE(watched);
    watched.value().reset();
    make("a");
    EXPECT_FALSE(rings());
}

TEST_F(FileWatchTest, ADirectoryThatIsNotThereIsAnError) {
    EXPECT_FALSE(watch_.add(path("none"), Bell::kLogind));
    std::ofstream(path("file"));
    EXPECT_FALSE(watch_.add(path("file"), Bell::kLogind));
}

// Changes that were not read yet count as one: reports are not queued, however fast a directory changes.
TEST_F(FileWatchTest, AThousandChangesAreOneBell) {
    const auto watched = watch_.add(directory_, Bell::kTerminals);
    ASSERT_TRUE(watched);
    for (int i = 0; i < 1000; ++i) make(std::to_string(i).c_str());
    EXPECT_TRUE(watch_.rung().terminals);
    EXPECT_FALSE(rings());
}

}  // namespace
}  // namespace jail::supervisor
