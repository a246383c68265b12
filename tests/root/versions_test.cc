// SPDX-License-Identifier: Apache-2.0
// Programs of two versions that meet, because an upgrade replaced the files below a running instance: the
// door is served, or refused in words; it never waits for ever.
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>

#include "jail_fixture.h"
#include "libjail/policy/paths.h"
#include "libjail/session/protocol.h"

namespace jail::testing {
namespace {

using protocol::Reply;
using protocol::Request;

class VersionsTest : public JailTest {
protected:
    void TearDown() override {
        if (fake_ > 0) {
            ::kill(fake_, SIGKILL);
            ::waitpid(fake_, nullptr, 0);
            ASSERT_EQ(::system(("rm -r " + directory_).c_str()), 0);
        }
        JailTest::TearDown();
    }

    // A supervisor of another version: it has the lock, listens, and answers each request with these bytes;
    // if empty, it only closes the connection.
    void other_supervisor(const std::string& answer) {
        fake_ = ::fork();
        if (fake_ != 0) {
            ASSERT_TRUE(eventually([this] { return bool(client::connect(kHarlequin)); }));
            return;
        }
        (void)::mkdir(paths::kRunDir, 0700);
        (void)::mkdir(directory_.c_str(), 0700);
        const int lock = ::open((directory_ + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        const FileDescriptor listener(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, client::control_path(kHarlequin).c_str(),
                    client::control_path(kHarlequin).size());
        if (::flock(lock, LOCK_EX) != 0 ||
            ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
            ::listen(listener.get(), 16) != 0)
            ::_exit(1);
        for (;;) {
            const FileDescriptor connection(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
            char request[1024];
            if (::recv(connection.get(), request, sizeof request, 0) > 0 && !answer.empty())
                (void)::send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
        }
    }

    void expect_refused(const std::string& reason) {
        const Outcome outcome = session(kHarlequin, "exit 7");
        EXPECT_EQ(WEXITSTATUS(outcome.status), 100) << outcome.output;
        EXPECT_NE(outcome.output.find(reason), std::string::npos) << outcome.output;
    }

    // What a door of another version is told; empty: its connection is closed.
    static std::string told(std::size_t size) {
        Request request = protocol::make_request("sshd", "", "");
        request.version = protocol::kVersion + 1;
        std::string bytes(reinterpret_cast<const char*>(&request), sizeof request);
        bytes.resize(size);
        auto connection = client::connect(kHarlequin);
        if (!connection || !protocol::send(connection->get(), bytes.data(), bytes.size())) return {};
        const auto received = protocol::receive(connection->get());
        return received ? received.value().bytes : std::string();
    }

    static std::string bytes_of(const Reply& reply) {
        return {reinterpret_cast<const char*>(&reply), sizeof reply};
    }

    const std::string directory_ = std::string(paths::kRunDir) + "/" + harlequin_id();
    pid_t fake_ = 0;
};

TEST_F(VersionsTest, ADoorToldOfAnotherVersionRefusesInWords) {
    Reply reply = protocol::make_reply(0, 0, "");
    reply.version = protocol::kVersion + 1;
    other_supervisor(bytes_of(reply));
    expect_refused("speaks version " + std::to_string(protocol::kVersion + 1));
    expect_refused("open sessions have to end before it can log in again");
}

TEST_F(VersionsTest, AReplyOfAnotherSizeAsWell) {
    Reply reply = protocol::make_reply(0, 0, "");
    reply.version = protocol::kVersion - 1;
    other_supervisor(bytes_of(reply).substr(0, 272));
    expect_refused("speaks version " + std::to_string(protocol::kVersion - 1));
}

TEST_F(VersionsTest, ASupervisorThatOnlyClosesTheConnectionIsGivenUpOn) {
    other_supervisor("");
    expect_refused("or has another protocol version");
}

TEST_F(VersionsTest, ADoorOfAnotherVersionIsToldSoWhileSessionsAreOpen) {
    const pid_t session = hold_session(kHarlequin);
    for (const std::size_t size : {sizeof(Request), sizeof(Request) + 100, std::size_t{40}}) {
        const auto reply = protocol::decode_reply(told(size));
        ASSERT_TRUE(reply) << size << ": " << reply.error().message();
        EXPECT_EQ(reply.value().status, static_cast<std::uint32_t>(EPROTONOSUPPORT));
        EXPECT_NE(std::string(reply.value().message).find("speaks version"), std::string::npos);
    }
    EXPECT_GE(processes_of(kHarlequin).size(), 2u) << "the session goes on";
    ::kill(session, SIGKILL);
    ::waitpid(session, nullptr, 0);
}

TEST_F(VersionsTest, AnEmptyInstanceMakesWayForADoorOfAnotherVersion) {
    manifest_.grace_seconds = 3600;
    publish();
    ASSERT_EQ(WEXITSTATUS(session(kHarlequin, "exit 7").status), 7);
    ASSERT_NE(supervisor_of(kHarlequin), 0);
    EXPECT_EQ(told(sizeof(Request)), "") << "closed, as by one that ends: the door starts its own";
    EXPECT_TRUE(eventually([] { return traces_of(kHarlequin).empty(); }));
}

}  // namespace
}  // namespace jail::testing
