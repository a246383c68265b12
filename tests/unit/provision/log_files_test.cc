// SPDX-License-Identifier: Apache-2.0
#include "provision/events/log_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zlib.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace jail::provision {
namespace {

namespace fs = std::filesystem;

class LogFiles : public ::testing::Test {
protected:
    void SetUp() override {
        char name[] = "/tmp/logs.XXXXXX";
        ASSERT_NE(::mkdtemp(name), nullptr);
        directory_ = name;
    }
    void TearDown() override { fs::remove_all(directory_); }

    std::string path(const std::string& name) const { return directory_ + "/" + name; }
    // `written`: seconds since 1970
    void plain(const std::string& name, const std::string& text, time_t written = 1000) const {
        std::ofstream(path(name), std::ios::binary) << text;
        set_time(name, written);
    }
    void compressed(const std::string& name, const std::string& text, time_t written = 1000) const {
        gzFile file = ::gzopen(path(name).c_str(), "wb");
        ASSERT_EQ(::gzwrite(file, text.data(), static_cast<unsigned>(text.size())),
                  static_cast<int>(text.size()));
        ASSERT_EQ(::gzclose(file), Z_OK);
        set_time(name, written);
    }
    std::vector<std::string> names(std::int64_t since = 0) const {
        std::vector<std::string> names;
        for (const std::string& log : audit_logs(since, directory_))
            names.push_back(log.substr(directory_.size() + 1));
        return names;
    }
    std::vector<std::string> lines(const std::string& name, int code = 0) const {
        std::vector<std::string> found;
        const auto read = read_lines(path(name), [&](const std::string& line) { found.push_back(line); });
        EXPECT_EQ(read ? 0 : read.error().code(), code);
        return found;
    }

    std::string directory_;

private:
    void set_time(const std::string& name, time_t written) const {
        const timespec times[2] = {{written, 0}, {written, 0}};
        ASSERT_EQ(::utimensat(AT_FDCWD, path(name).c_str(), times, 0), 0);
    }
};

using Names = std::vector<std::string>;

TEST_F(LogFiles, TheOldestIsFirstAndTheCurrentLast) {
    plain("audit.jsonl", "", 500);
    plain("audit.jsonl.1", "", 500);
    plain("audit.jsonl.full", "", 400);
    compressed("audit.jsonl.2.gz", "", 300);
    compressed("audit.jsonl-20261101.gz", "", 100);
    EXPECT_EQ(names(), (Names{"audit.jsonl-20261101.gz", "audit.jsonl.2.gz", "audit.jsonl.full",
                              "audit.jsonl.1", "audit.jsonl"}));
}

TEST_F(LogFiles, OthersAreNotLogs) {
    plain("audit.jsonlx", "{}\n");
    plain("other.1", "{}\n");
    fs::create_directory(path("audit.jsonl.d"));
    fs::create_symlink("other.1", path("audit.jsonl.3"));
    EXPECT_EQ(names(), Names());
}

TEST_F(LogFiles, AFileThatIsJustBeingCompressedIsReadOnce) {
    plain("audit.jsonl.2", "{}\n");
    compressed("audit.jsonl.2.gz", "{}\n");
    EXPECT_EQ(names(), Names{"audit.jsonl.2"});
}

TEST_F(LogFiles, AFileToWhichNothingWasWrittenSinceIsNotRead) {
    plain("audit.jsonl", "", 900);
    compressed("audit.jsonl.2.gz", "", 300);
    EXPECT_EQ(names(300).size(), 2u);
    EXPECT_EQ(names(301), Names{"audit.jsonl"});
}

TEST_F(LogFiles, LinesAreTheSameWhetherCompressedOrNot) {
    std::string text;
    for (int i = 0; i < 30'000; ++i) text += "{\"number\":" + std::to_string(i) + "}\n";
    plain("audit.jsonl.1", text + "{\"half");
    compressed("audit.jsonl.2.gz", text + "{\"half");
    const Names read = lines("audit.jsonl.1");
    ASSERT_EQ(read.size(), 30'000u);
    EXPECT_EQ(read[29'999], "{\"number\":29999}");
    EXPECT_EQ(lines("audit.jsonl.2.gz"), read);
}

TEST_F(LogFiles, ALineThatIsLongerThanAnyEventIsLeftOut) {
    plain("audit.jsonl", "{}\n{" + std::string(1u << 20, 'x') + "\n{\"a\":1}\n");
    EXPECT_EQ(lines("audit.jsonl"), (Names{"{}", "{\"a\":1}"}));
}

TEST_F(LogFiles, DamageIsAnErrorAndWhatStandsBeforeItCounts) {
    std::string text;
    for (int i = 0; i < 200'000; ++i) text += "{\"number\":" + std::to_string(i * 7919) + "}\n";
    compressed("audit.jsonl.2.gz", text);
    fs::resize_file(path("audit.jsonl.2.gz"), fs::file_size(path("audit.jsonl.2.gz")) / 2);
    const std::size_t read = lines("audit.jsonl.2.gz", EBADMSG).size();
    EXPECT_GT(read, 1000u);
    EXPECT_LT(read, 200'000u);
}

TEST_F(LogFiles, AFileThatIsCompressedOtherwiseIsAnErrorAndNotEmpty) {
    plain("audit.jsonl.3.xz", std::string("\xfd") + "7zXZ");
    EXPECT_TRUE(lines("audit.jsonl.3.xz", EBADMSG).empty());
    EXPECT_TRUE(lines("audit.jsonl", ENOENT).empty());
}

TEST_F(LogFiles, EventsOfAllFilesAreReadWithoutWhatIsNone) {
    compressed("audit.jsonl.2.gz", "{\"a\":1}\n[]\nnonsense\n", 100);
    plain("audit.jsonl.3.xz", "xz", 200);
    plain("audit.jsonl", "{\"a\":2}\n", 300);
    int sum = 0;
    std::vector<std::string> logs = audit_logs(0, directory_);
    logs.push_back(path("audit.jsonl.9"));  // it was renamed meanwhile
    const auto errors = read_events(logs, [&](const nlohmann::json& event) { sum += event["a"].get<int>(); });
    EXPECT_EQ(sum, 3);
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_NE(errors[0].message().find("audit.jsonl.3.xz"), std::string::npos);
}

}  // namespace
}  // namespace jail::provision
