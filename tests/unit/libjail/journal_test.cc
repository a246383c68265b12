// SPDX-License-Identifier: Apache-2.0
// Entries in journald's native protocol: a field each, one line each, whatever the bytes.
#include "libjail/events/journal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <syslog.h>

#include <algorithm>

#include "bound_socket.h"

namespace jail {
namespace {

using namespace std::string_literals;

TEST(JournalEntry, HasTheLineAndAFieldForEachOfTheEvents) {
    Event event("session_open");
    (void)event.text("account", "harlequin").number("uid", 1001).text("jail", "arkham").text("tty", "");
    (void)event.number("instance_cpu_us", 5).text("event_id", "0123abcd");
    EXPECT_EQ(journal_entry(event, {LOG_AUTHPRIV | LOG_INFO, "jail-supervisor", "session opened"}),
              "MESSAGE=session opened\nPRIORITY=6\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER=jail-supervisor\n"
              "JAIL_EVENT=session_open\nJAIL_ACCOUNT=harlequin\nJAIL_UID=1001\nJAIL_NAME=arkham\n"
              "JAIL_INSTANCE_CPU_US=5\nJAIL_EVENT_ID=0123abcd\n");
}

TEST(JournalEntry, NoValueAddsAFieldOrALine) {
    const std::string hostile = "x\nJAIL_ACCOUNT=root\n\0y\xff\x1b[2J="s + std::string(5000, 'z');
    Event event("denial");
    (void)event.text("cause", hostile).text("rhost", "\n");
    const std::string entry = journal_entry(event, {LOG_ERR, hostile, hostile});
    EXPECT_EQ(std::count(entry.begin(), entry.end(), '\n'), 7);
    EXPECT_EQ(entry.find("\nJAIL_ACCOUNT"), std::string::npos);
    EXPECT_NE(entry.find("\nJAIL_CAUSE=x\\x0aJAIL_ACCOUNT=root"), std::string::npos) << entry;
    EXPECT_NE(entry.find("\nJAIL_RHOST=\\x0a\n"), std::string::npos) << entry;
    EXPECT_LT(entry.size(), 4000u);
    EXPECT_TRUE(std::none_of(entry.begin(), entry.end(), [](char c) { return c == '\0' || c == '\x1b'; }));
}

class JournalSocket : public BoundSocketTest {
protected:
    const JournalLine line_ = {LOG_INFO, "test", "a line"};
};

TEST_F(JournalSocket, AnEntryIsOneDatagram) {
    const FileDescriptor socket = bound();
    const FileDescriptor journal = open_journal(path_).value();
    EXPECT_EQ(::fcntl(journal.get(), F_GETFD), FD_CLOEXEC);
    ASSERT_TRUE(send_to_journal(journal, Event("denial"), line_));
    char bytes[4096];
    const ssize_t count = ::recv(socket.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    ASSERT_GT(count, 0);
    EXPECT_EQ(std::string(bytes, static_cast<std::size_t>(count)), journal_entry(Event("denial"), line_));
}

TEST_F(JournalSocket, WhereThereIsNoneTheCallerIsToldSo) {
    EXPECT_EQ(open_journal(path_).error().code(), ENOENT);
    FileDescriptor socket = bound();
    const FileDescriptor journal = open_journal(path_).value();
    socket.reset();
    EXPECT_EQ(open_journal(path_).error().code(), ECONNREFUSED);
    EXPECT_FALSE(send_to_journal(journal, Event("denial"), line_));
}

TEST_F(JournalSocket, AFullQueueIsNotWaitedFor) {
    const FileDescriptor socket = bound();
    const FileDescriptor journal = open_journal(path_).value();
    Result<> sent = success();
    for (int i = 0; i < 100'000 && sent; ++i) sent = send_to_journal(journal, Event("denial"), line_);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code(), EAGAIN);
}

}  // namespace
}  // namespace jail
