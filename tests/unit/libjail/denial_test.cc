// SPDX-License-Identifier: Apache-2.0
// Reports of a denial by a jail's own processes: exactly one form, and a missing reader causes neither a wait
// nor a failure.
#include "libjail/session/denial.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "bound_socket.h"
#include "libjail/base/file_descriptor.h"

namespace jail {
namespace {

using namespace std::string_literals;

TEST(Denial, WhatIsEncodedIsDecoded) {
    const Denial said = decode_denial(encode({"0123abcd", "no shell\xff\n", "id; \"x\""})).value();
    EXPECT_EQ(said.event_id, "0123abcd");
    EXPECT_EQ(said.cause, "no shell\xff\n");
    EXPECT_EQ(said.command, "id; \"x\"");
    EXPECT_EQ(decode_denial(encode({"0123abcd", "no shell", ""})).value().command, "");
}

TEST(Denial, LongTextsAreCutAndNeverRunIntoEachOther) {
    const std::string bytes = encode({"0123abcd", std::string(100'000, 'a'), std::string(100'000, 'b')});
    EXPECT_EQ(bytes.size(), kMaxDenialBytes);
    EXPECT_EQ(decode_denial(bytes).value().cause, std::string(kMaxDenialText, 'a'));
    EXPECT_EQ(decode_denial(bytes).value().command, std::string(kMaxDenialText, 'b'));
    EXPECT_EQ(decode_denial(encode({"0123abcd", "a\0b"s, "c\0d"s})).value().cause, "a");
    EXPECT_EQ(decode_denial(encode({"0123abcd", "a\0b"s, "c\0d"s})).value().command, "c");
}

TEST(Denial, AnythingElseIsRefused) {
    for (const std::string& bytes :
         {""s, "0123abcd"s, "0123abcd\0"s, "0123abcd\0cause"s, "0123abcd\0\0"s, "0123abcd\0\0id"s,
          "0123abc\0cause\0id"s, "0123abcde\0cause\0id"s, "0123ABCD\0cause\0id"s, "0123abcg\0cause\0id"s,
          "0123abcd\0cause\0id\0"s, "0123abcd\0cause\0id\0more"s, "\0123abcd\0cause\0id"s,
          "<38>Jan  2 03:04:05 sshd[1]: Accepted password for root"s,
          "0123abcd\0"s + std::string(kMaxDenialText + 1, 'a') + "\0id"s,
          "0123abcd\0cause\0"s + std::string(kMaxDenialText + 1, 'b'), std::string(4096, '\0')}) {
        const auto said = decode_denial(bytes);
        ASSERT_FALSE(said) << ::testing::PrintToString(bytes);
        EXPECT_EQ(said.error().code(), EBADMSG);
    }
}

class DenialSocket : public BoundSocketTest {
protected:
    const Denial denial_ = {"0123abcd", "no shell", "id"};
};

TEST_F(DenialSocket, OneDatagramArrives) {
    const FileDescriptor socket = bound();
    ASSERT_TRUE(send_denial(denial_, path_));
    char bytes[2000];
    const ssize_t count = ::recv(socket.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    ASSERT_GT(count, 0);
    EXPECT_EQ(std::string(bytes, static_cast<std::size_t>(count)), encode(denial_));
}

TEST_F(DenialSocket, WhereNobodyListensTheSenderIsToldSo) {
    EXPECT_EQ(send_denial(denial_, path_).error().code(), ENOENT);
    { const FileDescriptor closed = bound(); }
    EXPECT_EQ(send_denial(denial_, path_).error().code(), ECONNREFUSED);
    EXPECT_EQ(send_denial(denial_, std::string(200, 'x')).error().code(), ENAMETOOLONG);
}

TEST_F(DenialSocket, AFullQueueIsNotWaitedFor) {
    const FileDescriptor socket = bound();
    Result<> sent = success();
    for (int i = 0; i < 100'000 && sent; ++i) sent = send_denial(denial_, path_);
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code(), EAGAIN);
}

}  // namespace
}  // namespace jail
