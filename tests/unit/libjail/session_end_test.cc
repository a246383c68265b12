// SPDX-License-Identifier: Apache-2.0
// How a session's program ended, as jailshell reports it from inside: exactly one form, and never that of a
// denial.
#include "libjail/session/session_end.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "bound_socket.h"
#include "libjail/events/event.h"
#include "libjail/session/denial.h"

namespace jail {
namespace {

using namespace std::string_literals;

TEST(SessionEnd, WhatIsEncodedIsDecoded) {
    const auto exited = decode_session_end(encode_session_end("0123abcd", W_EXITCODE(254, 0)));
    ASSERT_TRUE(exited);
    EXPECT_EQ(exited->session, "0123abcd");
    EXPECT_FALSE(exited->program.by_signal);
    EXPECT_EQ(exited->program.number, 254);
    const auto killed = decode_session_end(encode_session_end("0123abcd", W_EXITCODE(0, SIGKILL)));
    ASSERT_TRUE(killed);
    EXPECT_TRUE(killed->program.by_signal);
    EXPECT_EQ(killed->program.number, SIGKILL);
}

TEST(SessionEnd, AnythingElseIsSomethingElse) {
    for (const std::string& bytes :
         {""s, "="s, "=0123abcd"s, "=0123abcdx"s, "=0123abcdxyz"s, "=0123abcdy1"s, "=0123ABCDx1"s,
          "=0123abcx1"s, "0123abcdx1"s, "=0123abcgx1"s, "=0123abcdk\0"s,
          encode({"0123abcd", "no shell", "id"}), std::string(4096, '=')})
        EXPECT_FALSE(decode_session_end(bytes)) << bytes;
    EXPECT_FALSE(decode_denial(encode_session_end("0123abcd", 0)));
}

TEST(SessionEnd, AnIdOfAnEventIsOne) {
    EXPECT_TRUE(is_event_id(new_event_id()));
    for (const char* other : {"", "0123abc", "0123abcde", "0123ABCD", "0123abc/", "../../x."})
        EXPECT_FALSE(is_event_id(other)) << other;
}

using SessionEndSocket = BoundSocketTest;

TEST_F(SessionEndSocket, OneDatagramArrives) {
    const FileDescriptor socket = bound();
    ASSERT_TRUE(send_session_end("0123abcd", W_EXITCODE(7, 0), path_));
    char bytes[64];
    const ssize_t count = ::recv(socket.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    ASSERT_GT(count, 0);
    EXPECT_EQ(std::string(bytes, static_cast<std::size_t>(count)), "=0123abcdx\7");
}

TEST_F(SessionEndSocket, AFullQueueIsNotWaitedForForEver) {
    const FileDescriptor socket = bound();
    Result<> sent = success();
    for (int i = 0; i < 100'000 && sent; ++i) sent = send_to_inbox("=", 0, path_);
    sent = send_session_end("0123abcd", 0, path_);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code(), EAGAIN);
}

}  // namespace
}  // namespace jail
