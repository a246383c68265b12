// SPDX-License-Identifier: Apache-2.0
#include "libjail/session/protocol.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

namespace jail::protocol {
namespace {

template <class Message>
std::string_view bytes_of(const Message& message) {
    return {reinterpret_cast<const char*>(&message), sizeof message};
}

struct Pair {
    Pair() {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
        one.reset(ends[0]);
        two.reset(ends[1]);
    }
    FileDescriptor one, two;
};

TEST(Protocol, ARequestComesBackAsItWasMade) {
    const Request request = make_request("sshd", "ssh", "198.51.100.7");
    const auto read = decode_request(bytes_of(request));
    ASSERT_TRUE(read);
    EXPECT_STREQ(read.value().door, "sshd");
    EXPECT_STREQ(read.value().peer, "198.51.100.7");
}

TEST(Protocol, TextsAreCutToTheirFieldsAndTerminated) {
    const Request request = make_request(std::string(1000, 'd'), "", "");
    EXPECT_EQ(std::strlen(request.door), sizeof request.door - 1);
    EXPECT_TRUE(decode_request(bytes_of(request)));
}

TEST(Protocol, AnyOtherSizeIsRefused) {
    const Request request = make_request("sshd", "", "");
    for (std::size_t size = 0; size < sizeof request; ++size)
        EXPECT_FALSE(decode_request(bytes_of(request).substr(0, size)));
    EXPECT_FALSE(decode_request(std::string(bytes_of(request)) + "x"));
}

TEST(Protocol, AnotherVersionIsAClearRefusal) {
    Request request = make_request("sshd", "", "");
    request.version = kVersion + 1;
    const auto read = decode_request(bytes_of(request));
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), EPROTONOSUPPORT);
    EXPECT_NE(read.error().message().find("speaks version " + std::to_string(kVersion + 1)),
              std::string::npos);
    // Whatever else is different in it.
    EXPECT_EQ(decode_reply(bytes_of(request)).error().code(), EPROTONOSUPPORT);
    EXPECT_EQ(decode_request(bytes_of(request).substr(0, 12)).error().code(), EPROTONOSUPPORT);
}

TEST(Protocol, TextWithoutAnEndIsRefused) {
    Request request = make_request("sshd", "", "");
    std::memset(request.terminal, 'x', sizeof request.terminal);
    EXPECT_FALSE(decode_request(bytes_of(request)));
    Reply reply = make_reply(1, 0, "");
    std::memset(reply.message, 'x', sizeof reply.message);
    EXPECT_FALSE(decode_reply(bytes_of(reply)));
    reply = make_reply(0, 0, "", "", 0, "0123abcd");
    EXPECT_STREQ(decode_reply(bytes_of(reply)).value().session, "0123abcd");
    std::memset(reply.session, 'x', sizeof reply.session);
    EXPECT_FALSE(decode_reply(bytes_of(reply)));
}

TEST(Protocol, OneDescriptorTravels) {
    Pair pair;
    FileDescriptor null_device(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const Reply reply = make_reply(0, 0, "");
    ASSERT_TRUE(send(pair.one.get(), &reply, sizeof reply, null_device.get()));
    auto received = receive(pair.two.get());
    ASSERT_TRUE(received);
    ASSERT_TRUE(received->descriptor);
    EXPECT_NE(::fcntl(received->descriptor.get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(Protocol, ASecondDescriptorIsNotKept) {
    Pair pair;
    const int two[2] = {0, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof two)] = {};
    char byte = 'x';
    iovec part = {&byte, 1};
    msghdr header = {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof two);
    std::memcpy(CMSG_DATA(rights), two, sizeof two);
    ASSERT_EQ(::sendmsg(pair.one.get(), &header, 0), 1);
    const int before = ::dup(0);
    ::close(before);
    {
        auto received = receive(pair.two.get());
        ASSERT_TRUE(received);
    }
    const int after = ::dup(0);
    ::close(after);
    EXPECT_EQ(before, after) << "a descriptor stayed open";
}

TEST(Protocol, TheEndOfTheConnectionIsAReset) {
    Pair pair;
    pair.one.reset();
    const auto received = receive(pair.two.get());
    ASSERT_FALSE(received);
    EXPECT_EQ(received.error().code(), ECONNRESET);
}

TEST(Protocol, HowAProgramEnded) {
    const auto exited = decode_end(encode_end(W_EXITCODE(254, 0)));
    ASSERT_TRUE(exited);
    EXPECT_FALSE(exited->by_signal);
    EXPECT_EQ(exited->number, 254);
    const auto killed = decode_end(encode_end(W_EXITCODE(0, SIGKILL)));
    ASSERT_TRUE(killed);
    EXPECT_TRUE(killed->by_signal);
    EXPECT_EQ(killed->number, SIGKILL);
    for (const char* other : {"", "x", "f", "xyz", "y1", "k\x7f", "kA"})
        EXPECT_FALSE(decode_end(other)) << other;
}

}  // namespace
}  // namespace jail::protocol
