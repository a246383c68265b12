// SPDX-License-Identifier: Apache-2.0
#include "supervisor/recorder/accounting.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <lastlog.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmpx.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "libjail/base/file_descriptor.h"
#include "supervisor/reports/terminal_line.h"

namespace jail::supervisor::accounting {
namespace {

namespace fs = std::filesystem;

class AccountingTest : public ::testing::Test {
protected:
    void SetUp() override {
        char path[] = "/tmp/accounting_test.XXXXXX";
        ASSERT_NE(::mkdtemp(path), nullptr);
        directory_ = path;
        utmp_ = directory_ + "/utmp";
        wtmp_ = directory_ + "/wtmp";
        lastlog_ = directory_ + "/lastlog";
        for (const std::string& file : {utmp_, wtmp_, lastlog_}) std::ofstream(file).flush();
        files_ = {open_file(utmp_), open_file(wtmp_, O_APPEND), open_file(lastlog_)};
    }
    void TearDown() override { fs::remove_all(directory_); }

    static FileDescriptor open_file(const std::string& path, int flags = 0) {
        return FileDescriptor(::open(path.c_str(), flags | O_RDWR | O_CLOEXEC));
    }
    static std::vector<utmpx> entries(const std::string& path) {
        std::vector<utmpx> found;
        std::ifstream file(path, std::ios::binary);
        for (utmpx entry; file.read(reinterpret_cast<char*>(&entry), sizeof entry);) found.push_back(entry);
        return found;
    }
    // What a program that is not ours, sshd or a getty, has in utmp.
    void put_foreign(const char* line, const char* id, short type, pid_t pid) const {
        utmpx entry = {};
        entry.ut_type = type;
        entry.ut_pid = pid;
        std::strncpy(entry.ut_line, line, sizeof entry.ut_line);
        std::strncpy(entry.ut_id, id, sizeof entry.ut_id);
        ::utmpxname(utmp_.c_str());
        ::setutxent();
        ASSERT_NE(::pututxline(&entry), nullptr);
        ::endutxent();
    }
    static Login harlequin(unsigned terminal = 0, uid_t uid = 1001) {
        return {terminal_line(terminal, uid), "harlequin", uid, "127.0.0.1", ::getpid()};
    }
    // The pid of a process that has ended.
    static pid_t ended() {
        const pid_t pid = ::fork();
        if (pid == 0) ::_exit(0);
        ::waitpid(pid, nullptr, 0);
        return pid;
    }

    std::string directory_, utmp_, wtmp_, lastlog_;
    Files files_;
};

TEST_F(AccountingTest, ALoginAndItsLogoutAreOneEntryOfUtmpAndTwoOfWtmp) {
    ASSERT_TRUE(write_utmp_login(harlequin(), files_));
    ASSERT_TRUE(append_wtmp_login(harlequin(), files_));
    ASSERT_EQ(entries(utmp_).size(), 1u);
    const utmpx in = entries(utmp_)[0];
    EXPECT_EQ(in.ut_type, USER_PROCESS);
    EXPECT_STREQ(in.ut_user, "harlequin");
    EXPECT_STREQ(in.ut_line, "pts/0@1001");
    EXPECT_STREQ(in.ut_host, "127.0.0.1");
    EXPECT_EQ(in.ut_addr_v6[0], static_cast<std::int32_t>(0x0100007f));
    EXPECT_EQ(in.ut_pid, ::getpid());
    ASSERT_TRUE(write_utmp_logout(harlequin(), files_));
    ASSERT_TRUE(append_wtmp_logout(harlequin(), files_));
    ASSERT_EQ(entries(utmp_).size(), 1u);
    EXPECT_EQ(entries(utmp_)[0].ut_type, DEAD_PROCESS);
    ASSERT_EQ(entries(wtmp_).size(), 2u);
    EXPECT_EQ(entries(wtmp_)[0].ut_type, USER_PROCESS);
    EXPECT_EQ(entries(wtmp_)[1].ut_type, DEAD_PROCESS);
    EXPECT_STREQ(entries(wtmp_)[1].ut_line, "pts/0@1001");
}

TEST_F(AccountingTest, TheSameTerminalOfTwoJailsAndOfTheHostAreThree) {
    put_foreign("pts/0", "ts/0", USER_PROCESS, ::getpid());
    ASSERT_TRUE(write_utmp_login(harlequin(0, 1001), files_));
    ASSERT_TRUE(write_utmp_login(harlequin(0, 1002), files_));
    ASSERT_TRUE(write_utmp_login(harlequin(1, 1001), files_));
    ASSERT_EQ(entries(utmp_).size(), 4u);
    ASSERT_TRUE(write_utmp_logout(harlequin(0, 1001), files_));
    ASSERT_EQ(entries(utmp_).size(), 4u);
    for (const utmpx& entry : entries(utmp_))
        EXPECT_EQ(entry.ut_type == DEAD_PROCESS, std::string(entry.ut_line) == "pts/0@1001") << entry.ut_line;
}

TEST_F(AccountingTest, ALoginOnATerminalOfTheHostTakesTheEntryOfItsGetty) {
    put_foreign("tty1", "tty1", LOGIN_PROCESS, ::getpid());
    Login login = harlequin();
    login.line = "tty1";
    ASSERT_TRUE(write_utmp_login(login, files_));
    ASSERT_EQ(entries(utmp_).size(), 1u);
    EXPECT_EQ(entries(utmp_)[0].ut_type, USER_PROCESS);
    EXPECT_EQ(std::string(entries(utmp_)[0].ut_id, 4), "tty1");
    ASSERT_TRUE(write_utmp_logout(login, files_));
    ASSERT_EQ(entries(utmp_).size(), 1u);
    EXPECT_EQ(entries(utmp_)[0].ut_type, DEAD_PROCESS);
}

TEST_F(AccountingTest, LastlogHasItAtTheUidsPlaceAlsoOfALargeUid) {
    for (const uid_t uid : {1001u, 4'000'000'000u}) {
        ASSERT_TRUE(write_lastlog(harlequin(3, uid), files_));
        lastlog entry = {};
        std::ifstream file(lastlog_, std::ios::binary);
        file.seekg(static_cast<std::streamoff>(uid) * static_cast<std::streamoff>(sizeof entry));
        ASSERT_TRUE(file.read(reinterpret_cast<char*>(&entry), sizeof entry));
        EXPECT_EQ(std::string(entry.ll_line), "pts/3@" + std::to_string(uid));
        EXPECT_STREQ(entry.ll_host, "127.0.0.1");
        EXPECT_NE(entry.ll_time, 0);
    }
}

TEST_F(AccountingTest, FilesThatTheHostDoesNotKeepAreNotMade) {
    for (const std::string& file : {utmp_, wtmp_, lastlog_}) fs::remove(file);
    files_ = {FileDescriptor(), open_file("/dev/null"), FileDescriptor()};
    EXPECT_TRUE(write_utmp_login(harlequin(), files_));
    EXPECT_TRUE(append_wtmp_login(harlequin(), files_));
    EXPECT_TRUE(write_lastlog(harlequin(), files_));
    EXPECT_TRUE(clear_stale(1001, files_));
    EXPECT_TRUE(fs::is_empty(directory_));
}

TEST_F(AccountingTest, HalfAnEntryAtTheEndIsWrittenOver) {
    ASSERT_TRUE(write_utmp_login(harlequin(0), files_));
    std::ofstream(utmp_, std::ios::app | std::ios::binary) << "half";
    ASSERT_TRUE(write_utmp_login(harlequin(1), files_));
    ASSERT_EQ(entries(utmp_).size(), 2u);
    EXPECT_STREQ(entries(utmp_)[1].ut_line, "pts/1@1001");
}

TEST_F(AccountingTest, NoControlCharacterOfAPeersNameIsKeptAndNoFieldOverflows) {
    Login login = harlequin();
    login.host = "evil\x1b[2J\n" + std::string(1000, 'x');
    ASSERT_TRUE(write_utmp_login(login, files_));
    const utmpx entry = entries(utmp_).at(0);
    EXPECT_EQ(std::string(entry.ut_host, 10), "evil?[2J?x");
    EXPECT_EQ(entry.ut_host[sizeof entry.ut_host - 1], 'x');
    EXPECT_EQ(entry.ut_exit.e_termination, 0);
}

TEST_F(AccountingTest, StaleTerminalsAreOursAndThoseOfTheDead) {
    Login dead = harlequin(0, 1002);
    dead.pid = ended();
    ASSERT_TRUE(write_utmp_login(harlequin(0, 1001), files_));
    ASSERT_TRUE(write_utmp_login(dead, files_));
    ASSERT_TRUE(write_utmp_login(harlequin(0, 1003), files_));
    put_foreign("pts/9", "ts/9", USER_PROCESS, ended());
    put_foreign("tty@x", "x", USER_PROCESS, ended());
    ASSERT_TRUE(clear_stale(1001, files_));
    for (const utmpx& entry : entries(utmp_)) {
        const std::string line = entry.ut_line;
        EXPECT_EQ(entry.ut_type == DEAD_PROCESS, line == "pts/0@1001" || line == "pts/0@1002") << line;
    }
    EXPECT_EQ(entries(wtmp_).size(), 2u);
    ASSERT_TRUE(clear_stale(1001, files_));
    EXPECT_EQ(entries(wtmp_).size(), 2u) << "what is dead is not logged out again";
}

TEST_F(AccountingTest, WhoeverHoldsALockHoldsNobodyUpForLong) {
    int ready[2];
    ASSERT_EQ(::pipe2(ready, O_CLOEXEC), 0);
    const pid_t holder = ::fork();
    if (holder == 0) {
        const int file = ::open(utmp_.c_str(), O_RDONLY | O_CLOEXEC);
        struct flock whole = {};
        whole.l_type = F_RDLCK;
        (void)!::write(ready[1], ::fcntl(file, F_SETLK, &whole) == 0 ? "1" : "0", 1);
        ::sleep(60);
        ::_exit(0);
    }
    char locked = 0;
    ASSERT_EQ(::read(ready[0], &locked, 1), 1);
    ASSERT_EQ(locked, '1');
    const auto written = write_utmp_login(harlequin(), files_);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code(), ETIMEDOUT);
    EXPECT_EQ(::waitpid(holder, nullptr, WNOHANG), 0) << "the holder still has it";
    ::kill(holder, SIGKILL);
    ::waitpid(holder, nullptr, 0);
    EXPECT_TRUE(write_utmp_login(harlequin(), files_));
}

}  // namespace
}  // namespace jail::supervisor::accounting
