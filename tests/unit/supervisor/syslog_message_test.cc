// SPDX-License-Identifier: Apache-2.0
#include "supervisor/recorder/syslog_message.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace jail::supervisor {
namespace {

using namespace std::string_literals;

constexpr char kNow[] = "Jan  2 03:04:05";

std::string of_account(const std::string& received) {
    return forwarded_message(received, {false, 4711}, "arkham/harlequin", kNow);
}

std::string of_root(const std::string& received) {
    return forwarded_message(received, {true, 4711}, "arkham/harlequin", kNow);
}

TEST(SyslogMessageTest, RootsMessagesAreAsTheyWere) {
    const std::string message =
        "<86>Nov 22 08:29:11 sshd[90]: pam_unix(sshd:session): session closed for user x";
    EXPECT_EQ(of_root(message), message);
    EXPECT_EQ(of_root(message + "\n\0"s), message);
}

TEST(SyslogMessageTest, AnAccountsMessageSaysWhoseItIs) {
    EXPECT_EQ(of_account("<38>Nov 22 08:29:11 sftp-server[7]: open \"/x\""),
              "<14>Jan  2 03:04:05 jail[4711]: arkham/harlequin: sftp-server[7]: open \"/x\"");
    EXPECT_EQ(of_account("text"), "<13>Jan  2 03:04:05 jail[4711]: arkham/harlequin: text");
    EXPECT_EQ(of_account(""), "<13>Jan  2 03:04:05 jail[4711]: arkham/harlequin: ");
}

TEST(SyslogMessageTest, AnAccountsMessageIsOfFacilityUserAndErrAtMost) {
    for (int priority = 0; priority < 192; ++priority) {
        const std::string message = of_account("<" + std::to_string(priority) + ">x");
        const int forwarded = std::stoi(message.substr(1));
        EXPECT_EQ(forwarded >> 3, 1) << priority;
        EXPECT_EQ(forwarded & 7, std::max(priority & 7, 3)) << priority;
    }
}

TEST(SyslogMessageTest, WhatIsNoPriorityIsText) {
    for (const char* text : {"<", "<>x", "<192>x", "<9999>x", "<-1>x", "<1 >x", "<86", "< 86>x", "<0x1>y"}) {
        EXPECT_EQ(of_account(text), std::string("<13>Jan  2 03:04:05 jail[4711]: arkham/harlequin: ") + text);
        EXPECT_EQ(of_root(text), std::string("<13>") + text);
    }
}

TEST(SyslogMessageTest, NobodyStartsALineOrATerminalSequence) {
    for (const std::string& message :
         {of_account("<13>a\n<86>Nov 22 08:29:11 sshd[1]: Accepted password for root"),
          of_root("<13>a\n\x1b]0;x\x07")}) {
        EXPECT_TRUE(std::none_of(message.begin(), message.end(), [](unsigned char c) {
            return c < 0x20 || c == 0x7f;
        })) << message;
    }
    EXPECT_EQ(of_account("a\nb"), "<13>Jan  2 03:04:05 jail[4711]: arkham/harlequin: a\\x0ab");
}

TEST(SyslogMessageTest, RandomBytesBecomeOneBoundedLineOfTheAccounts) {
    std::mt19937 random(1939);
    for (int round = 0; round < 20000; ++round) {
        std::string bytes(random() % 30, '\0');
        for (char& byte : bytes)
            byte = static_cast<char>(random() % 3 ? "<>0123456789Nov :\n"[random() % 18] : random());
        const std::string message = of_account(bytes);
        ASSERT_NE(message.find(">Jan  2 03:04:05 jail[4711]: arkham/harlequin: "), std::string::npos)
            << message;
        ASSERT_EQ(message.find('\n'), std::string::npos);
    }
    EXPECT_LE(of_account(std::string(1 << 20, '\n')).size(), 2048u);
    EXPECT_LE(of_root(std::string(1 << 20, 'x')).size(), 2048u);
}

}  // namespace
}  // namespace jail::supervisor
