// SPDX-License-Identifier: Apache-2.0
#include "libjail/events/audit_log.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <vector>

namespace jail {
namespace {

namespace fs = std::filesystem;

class AuditLogTest : public ::testing::Test {
protected:
    void SetUp() override {
        char path[] = "/tmp/audit_log_test.XXXXXX";
        ASSERT_NE(::mkdtemp(path), nullptr);
        directory_ = path;
    }
    void TearDown() override { fs::remove_all(directory_); }

    static std::vector<std::string> lines_of(const std::string& path) {
        std::vector<std::string> lines;
        std::ifstream file(path);
        for (std::string line; std::getline(file, line);) lines.push_back(line);
        return lines;
    }
    std::vector<std::string> lines() const { return lines_of(directory_ + "/audit.jsonl"); }

    std::string directory_;
};

TEST_F(AuditLogTest, AnEventIsOneLineThatAProgramCanRead) {
    Event event("denial");
    event.text("cause", "open \"/x\":\nPermission denied\xff").text("tty", "").number("uid", 4294967295);
    ASSERT_TRUE(append_to_audit_log(event, directory_));
    ASSERT_EQ(lines().size(), 1u);
    const auto read = nlohmann::json::parse(lines()[0]);
    EXPECT_EQ(read["event"], "denial");
    EXPECT_EQ(read["cause"], "open \"/x\":\nPermission denied\ufffd");
    EXPECT_EQ(read["uid"], 4294967295);
    EXPECT_FALSE(read.contains("tty"));
    const std::string time = read["time"];
    EXPECT_TRUE(std::regex_match(time, std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"))) << time;
}

TEST_F(AuditLogTest, TheFileIsReadableByTheDirectorysGroupAndWritableByItsOwnerAlone) {
    const mode_t before = ::umask(077);
    ASSERT_TRUE(append_to_audit_log(Event("x"), directory_));
    ::umask(before);
    struct stat file = {}, directory = {};
    ASSERT_EQ(::stat((directory_ + "/audit.jsonl").c_str(), &file), 0);
    ASSERT_EQ(::stat(directory_.c_str(), &directory), 0);
    EXPECT_EQ(file.st_mode & 07777, 0640u);
    EXPECT_EQ(file.st_gid, directory.st_gid);
}

TEST_F(AuditLogTest, AfterARenameTheNextEventIsInANewFile) {
    ASSERT_TRUE(append_to_audit_log(Event("first"), directory_));
    fs::rename(directory_ + "/audit.jsonl", directory_ + "/audit.jsonl.rotated");
    ASSERT_TRUE(append_to_audit_log(Event("second"), directory_));
    ASSERT_EQ(lines().size(), 1u);
    EXPECT_NE(lines()[0].find("second"), std::string::npos);
}

TEST_F(AuditLogTest, AtTheCapItIsRenamedByItself) {
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(append_to_audit_log(Event("x"), directory_, 4096));
    EXPECT_LE(fs::file_size(directory_ + "/audit.jsonl"), 4096u + 128);
    EXPECT_LE(fs::file_size(directory_ + "/audit.jsonl.full"), 4096u + 128);
    EXPECT_GE(fs::file_size(directory_ + "/audit.jsonl.full"), 4096u);
}

TEST_F(AuditLogTest, WhatLogrotateHasKeptStays) {
    std::ofstream(directory_ + "/audit.jsonl.1") << "last week's";
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(append_to_audit_log(Event("x"), directory_, 4096));
    EXPECT_EQ(fs::file_size(directory_ + "/audit.jsonl.1"), 11u);
}

TEST_F(AuditLogTest, ALineThatTheDiskCutShortIsTakenBack) {
    ASSERT_TRUE(append_to_audit_log(Event("first"), directory_));
    const std::uintmax_t size = fs::file_size(directory_ + "/audit.jsonl");
    rlimit before = {};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const rlimit limit = {size + 10, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    EXPECT_FALSE(append_to_audit_log(Event("second"), directory_));
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_EQ(fs::file_size(directory_ + "/audit.jsonl"), size);
    ASSERT_TRUE(append_to_audit_log(Event("third"), directory_));
    ASSERT_EQ(lines().size(), 2u);
    EXPECT_NE(lines()[1].find("third"), std::string::npos);
}

TEST_F(AuditLogTest, LinesOfManyWritersNeverMixAndNoneIsLostInARotation) {
    constexpr int kWriters = 8, kEvents = 300;
    // Large enough for one rotation at most: a second one would overwrite, as it is meant to.
    const off_t cap = static_cast<off_t>(kWriters) * kEvents * 700 * 2 / 3;
    std::vector<pid_t> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
        const pid_t pid = ::fork();
        if (pid == 0) {
            for (int i = 0; i < kEvents; ++i) {
                Event event("x");
                event.number("writer", static_cast<unsigned>(writer)).number("i", static_cast<unsigned>(i));
                event.text("filler", std::string(390, 'f')).text("more", std::string(200, 'm'));
                if (!append_to_audit_log(event, directory_, cap)) ::_exit(1);
            }
            ::_exit(0);
        }
        writers.push_back(pid);
    }
    for (const pid_t pid : writers) {
        int status = 0;
        ::waitpid(pid, &status, 0);
        EXPECT_EQ(status, 0);
    }
    std::vector<std::string> all = lines_of(directory_ + "/audit.jsonl.full");
    EXPECT_FALSE(all.empty());
    for (const std::string& line : lines()) all.push_back(line);
    EXPECT_EQ(all.size(), static_cast<std::size_t>(kWriters) * kEvents);
    for (const std::string& line : all) EXPECT_TRUE(nlohmann::json::accept(line)) << line;
}

TEST_F(AuditLogTest, ALinkOrADeviceInItsPlaceIsNotWrittenTo) {
    std::ofstream(directory_ + "/target").put('x');
    fs::create_symlink(directory_ + "/target", directory_ + "/audit.jsonl");
    EXPECT_FALSE(append_to_audit_log(Event("x"), directory_));
    EXPECT_EQ(fs::file_size(directory_ + "/target"), 1u);
}

TEST_F(AuditLogTest, TheLongestEventStaysOneSmallWrite) {
    Event event("denial");
    for (int i = 0; i < 8; ++i) event.text("field", std::string(100000, '\n'));
    EXPECT_LE(event.json().size(), 4096u);
}

}  // namespace
}  // namespace jail
