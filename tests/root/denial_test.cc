// SPDX-License-Identifier: Apache-2.0
// A refusal of jailshell inside a jail is a denial in <log>/audit.jsonl, under the event id that the person
// was told; and other writes of the account to that socket do not displace it.
#include <fcntl.h>
#include <libjail/policy/paths.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>

#include "jail_fixture.h"
#include "libjail/base/escape.h"
#include "libjail/confine/credentials.h"
#include "libjail/session/denial.h"
#include "tests/events.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using namespace std::string_literals;

class DenialTest : public JailTest {
protected:
    void SetUp() override {
        JailTest::SetUp();
        fs::remove_all(paths::kLogDir);
        manifest_.access = {.shell = false, .sftp = true};
        manifest_.sftp_server = "/bin/probe";
        publish();
    }

    static bool ended() {
        return eventually([] { return traces_of(kHarlequin).empty(); });
    }
    // The id in the line that the person had.
    static std::string told_id(const std::string& told) {
        std::smatch match;
        EXPECT_TRUE(std::regex_search(told, match, std::regex("\\(event ([0-9a-f]{8})\\)\n"))) << told;
        return match.empty() ? "" : match[1].str();
    }

    // As fast as it can, waiting where there is no room.
    static int flood(int count, const std::string& bytes) {
        const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, kInbox, sizeof kInbox);
        if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 1;
        for (int i = 0; i < count; ++i)
            if (::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return 2;
        return 0;
    }

    void expect_one_denial(const std::string& command) {
        SCOPED_TRACE(command);
        fs::remove_all(paths::kLogDir);
        const Outcome outcome = session(kHarlequin, command);
        EXPECT_EQ(WEXITSTATUS(outcome.status), 254);
        EXPECT_NE(outcome.output.find("sftp, and nothing else"), std::string::npos) << outcome.output;
        ASSERT_TRUE(ended());
        const std::vector<json> denials = events("denial");
        ASSERT_EQ(denials.size(), 1u);
        const json& denial = denials[0];
        EXPECT_EQ(denial["event_id"], told_id(outcome.output));
        EXPECT_EQ(denial["account"], "harlequin");
        EXPECT_EQ(denial["uid"], kHarlequin);
        EXPECT_EQ(denial["jail"], "arkham");
        EXPECT_EQ(denial["source"], "inside");
        EXPECT_EQ(denial["command"], command);
        EXPECT_NE(denial["cause"].get<std::string>().find("sftp, and nothing else"), std::string::npos);
    }
};

TEST_F(DenialTest, WhatIsRefusedInsideIsRecordedUnderTheIdThatThePersonWasTold) {
    for (const char* command : {"id", "scp -t x", "rsync --server . x; id", "git-upload-pack 'x'"})
        expect_one_denial(command);
}

TEST_F(DenialTest, AlsoWhereEachSessionHasAnInstanceOfItsOwn) {
    manifest_.instance_per_session = true;
    publish();
    expect_one_denial("id");
}

TEST_F(DenialTest, AlsoInAUserNamespaceOfItsOwn) {
    manifest_.user_namespace = UserNamespace::kSelf;
    publish();
    expect_one_denial("id");
}

TEST_F(DenialTest, AlsoByTheSetuidDoor) {
    ASSERT_EQ(::chmod(paths::kJailshell, 04711), 0);
    const Outcome outcome = outside(kHarlequin, {"jailshell", "-c", "id"});
    ASSERT_EQ(::chmod(paths::kJailshell, 0711), 0);
    EXPECT_EQ(WEXITSTATUS(outcome.status), 254);
    ASSERT_TRUE(ended());
    ASSERT_EQ(events("denial").size(), 1u);
    EXPECT_EQ(events("denial")[0]["event_id"], told_id(outcome.output));
    EXPECT_EQ(events("denial")[0]["source"], "inside");
}

TEST_F(DenialTest, AProgramThatIsMissingIsOneToo) {
    manifest_.access = {.shell = true};
    manifest_.shell = "/bin/absent";
    publish();
    const Outcome outcome = session(kHarlequin, "exit 0");
    ASSERT_TRUE(ended());
    ASSERT_EQ(events("denial").size(), 1u);
    EXPECT_EQ(events("denial")[0]["event_id"], told_id(outcome.output));
    EXPECT_EQ(events("denial")[0]["command"], "exit 0");
}

TEST_F(DenialTest, ACommandOfAnyBytesStaysOneFieldOfOneEvent) {
    const std::string command = "x\"}\n{\"event\":\"session_open\"}\n\xff\x1b[2J" + std::string(2000, 'y');
    (void)session(kHarlequin, command);
    ASSERT_TRUE(ended());
    ASSERT_EQ(events("denial").size(), 1u);
    EXPECT_EQ(events("denial")[0]["command"], json::parse(json_string(command)));
    EXPECT_EQ(events("session_open").size(), 1u);
}

TEST_F(DenialTest, WhatIsNoDenialIsNotRecorded) {
    EXPECT_EQ(inside([] {
                  return flood(1, "<38>sshd[1]: Accepted password for root") + flood(1, "") +
                         flood(1, std::string(100'000, 'a'));
              }).status,
              0);
    ASSERT_TRUE(ended());
    EXPECT_TRUE(events("denial").empty());
    EXPECT_EQ(events("session_close").size(), 1u);
}

TEST_F(DenialTest, AFloodOfForgedOnesIsCutCountedAndHindersNoLogin) {
    constexpr int kForged = 5'000;
    const std::string forged = encode(Denial{"deadbeef", "forged", "by the account"});
    int release[2];
    ASSERT_EQ(::pipe2(release, O_CLOEXEC), 0);
    const pid_t flooder = ::fork();
    if (flooder == 0) {
        ::close(release[1]);
        ::_exit(inside([&] {
                    const int status = flood(kForged, forged);
                    char end = 0;
                    (void)!::read(release[0], &end, 1);
                    return status;
                }).status);
    }
    ::close(release[0]);
    ASSERT_TRUE(eventually([] { return events("denial").size() >= 10; }));
    for (int i = 0; i < 5; ++i) EXPECT_EQ(WEXITSTATUS(session(kHarlequin, "sftp-server exit 7").status), 7);
    EXPECT_EQ(WEXITSTATUS(session(kIvy, "sftp-server exit 7").status), 7);
    EXPECT_TRUE(eventually([] { return !events("suppressed").empty(); }));
    ::close(release[1]);
    int status = 0;
    ::waitpid(flooder, &status, 0);
    EXPECT_EQ(status, 0);
    ASSERT_TRUE(ended());
    std::uint64_t kept_back = 0;
    for (const json& event : events("suppressed")) kept_back += event["events"].get<std::uint64_t>();
    EXPECT_EQ(events("denial").size() + kept_back, static_cast<std::uint64_t>(kForged));
    EXPECT_LT(events("denial").size(), 1000u);
    // The account's own logins are all there.
    EXPECT_EQ(events("session_open").size(), 7u);
    EXPECT_EQ(events("session_close").size(), 7u);
}

TEST_F(DenialTest, WhereTheSupervisorReadsNothingARefusalWaitsForNobody) {
    int there[2], go[2];
    ASSERT_TRUE(::pipe2(there, O_CLOEXEC) == 0 && ::pipe2(go, O_CLOEXEC) == 0);
    const Running refused = start_inside([&] {
        char word = 'r';
        (void)!::write(there[1], &word, 1);
        (void)!::read(go[0], &word, 1);
        while (send_denial({"00000000", "filler", ""})) {
        }
        ::execl(paths::kJailshell, "jailshell", "-c", "id", nullptr);
        return 104;
    });
    char word = 0;
    ASSERT_EQ(::read(there[0], &word, 1), 1);
    const pid_t supervisor = supervisor_of(kHarlequin);
    signal_to(supervisor, SIGSTOP);
    ASSERT_EQ(::write(go[1], "g", 1), 1);
    pollfd end = {refused.output, POLLIN, 0};
    EXPECT_EQ(::poll(&end, 1, 60'000), 1) << "it waits";
    signal_to(supervisor, SIGCONT);
    const Outcome outcome = finish(refused);
    EXPECT_EQ(WEXITSTATUS(outcome.status), 254) << outcome.output;
    EXPECT_NE(told_id(outcome.output), "");
    for (const int fd : {there[0], there[1], go[0], go[1]}) ::close(fd);
}

// As with a supervisor of a version that did not have it.
TEST_F(DenialTest, WithoutTheSocketTheRefusalIsTheSame) {
    const pid_t holder = start_session(kHarlequin, "sftp-server sleep 60");
    ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() >= 2; }));
    ASSERT_EQ(run([] {
                  const std::string ns = "/proc/" + std::to_string(init_of(kHarlequin)) + "/ns/mnt";
                  const FileDescriptor mounts(::open(ns.c_str(), O_RDONLY | O_CLOEXEC));
                  if (::setns(mounts.get(), CLONE_NEWNS) != 0) return 1;
                  return ::umount2(kInbox, MNT_DETACH) == 0 ? 0 : 2;
              }).status,
              0);
    const Outcome outcome = session(kHarlequin, "id");
    EXPECT_EQ(WEXITSTATUS(outcome.status), 254) << outcome.output;
    EXPECT_NE(told_id(outcome.output), "");
    ::kill(holder, SIGKILL);
    ::waitpid(holder, nullptr, 0);
    ASSERT_TRUE(ended());
    EXPECT_TRUE(events("denial").empty());
}

TEST_F(DenialTest, WhatRootSaysInsideIsNotTheAccounts) {
    EXPECT_EQ(inside([] { return 0; }, [] { (void)send_denial({"0123abcd", "of root", ""}); }).status, 0);
    ASSERT_TRUE(ended());
    EXPECT_TRUE(events("denial").empty());
}

TEST_F(DenialTest, WhatIsNotReadYetWhenTheInstanceEndsIsRecorded) {
    int go[2], said[2];
    ASSERT_TRUE(::pipe2(go, O_CLOEXEC) == 0 && ::pipe2(said, O_CLOEXEC) == 0);
    const Running holder = start_inside([&] {
        char word = 0;
        (void)!::read(go[0], &word, 1);
        (void)send_denial({"0123abcd", "the last words", ""});
        (void)!::write(said[1], &word, 1);
        ::pause();
        return 0;
    });
    ASSERT_TRUE(eventually([] { return processes_of(kHarlequin).size() >= 2; }));
    const pid_t supervisor = supervisor_of(kHarlequin);
    signal_to(supervisor, SIGSTOP);
    ASSERT_EQ(::write(go[1], "g", 1), 1);
    char word = 0;
    ASSERT_EQ(::read(said[0], &word, 1), 1);
    signal_to(supervisor, SIGTERM);
    signal_to(supervisor, SIGCONT);
    (void)finish(holder);
    ASSERT_TRUE(ended());
    ASSERT_EQ(events("denial").size(), 1u);
    EXPECT_EQ(events("denial")[0]["cause"], "the last words");
    for (const int fd : {go[0], go[1], said[0], said[1]}) ::close(fd);
}

// However few at a time: the work for them uses the host's processor time.
TEST_F(DenialTest, TheSupervisorLooksAHundredTimesASecondAtMost) {
    const std::string forged = encode(Denial{"deadbeef", "forged", ""});
    const Outcome outcome = inside([&] {
        const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, kInbox, sizeof kInbox);
        if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 1;
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < 30; ++i) {  // each a millisecond after the one before has been read
            if (::send(socket, forged.data(), forged.size(), MSG_NOSIGNAL) < 0) return 2;
            for (int unread = 1; unread != 0;)
                if (::ioctl(socket, SIOCOUTQ, &unread) != 0) return 3;
            ::usleep(1000);
        }
        return std::chrono::steady_clock::now() - start < std::chrono::milliseconds(200) ? 4 : 0;
    });
    EXPECT_EQ(outcome.status, 0) << outcome.output;
}

// Sends a datagram to the inbox with a TCP socket whose last close takes five minutes: what it has to send
// finds no reader, and SO_LINGER says how long to wait for one.
int send_lingering_socket() {
    const int inbox = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, kInbox, sizeof kInbox);
    if (::connect(inbox, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 1;
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in local = {};
    local.sin_family = AF_INET;
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof local;
    auto* const name = reinterpret_cast<sockaddr*>(&local);
    if (::bind(listener, name, size) != 0 || ::listen(listener, 1) != 0 ||
        ::getsockname(listener, name, &size) != 0 || ::connect(client, name, size) != 0)
        return 2;
    static char bytes[65536];
    while (::send(client, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
    }
    const linger five_minutes = {1, 300};
    if (::setsockopt(client, SOL_SOCKET, SO_LINGER, &five_minutes, sizeof five_minutes) != 0) return 3;
    iovec part = {bytes, 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof client)] = {};
    msghdr header = {};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* const rights = CMSG_FIRSTHDR(&header);
    *rights = {CMSG_LEN(sizeof client), SOL_SOCKET, SCM_RIGHTS};
    std::memcpy(CMSG_DATA(rights), &client, sizeof client);
    // Sent by a process that ends, which does not linger (tcp_close), should its descriptor be the last one.
    const pid_t sender = ::fork();
    if (sender == 0) ::_exit(::sendmsg(inbox, &header, MSG_NOSIGNAL) < 0 ? 1 : 0);
    ::close(client);
    int status = 1;
    if (::waitpid(sender, &status, 0) != sender || status != 0) return 4;
    // The next datagram is read while the other end is still there: SIOCOUTQ (unix(7)) counts unread bytes.
    const std::string after = encode(Denial{"0123abcd", "after it", ""});
    if (::send(inbox, after.data(), after.size(), MSG_NOSIGNAL) < 0) return 5;
    int unread = 1;
    for (int i = 0; i < 1000 && unread != 0; ++i) {
        if (::ioctl(inbox, SIOCOUTQ, &unread) != 0) return 6;
        ::usleep(10'000);
    }
    return unread == 0 ? 0 : 7;
}

TEST_F(DenialTest, ASocketThatLingersHoldsUpNoSupervisor) {
    const Outcome outcome = inside(send_lingering_socket);
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_TRUE(eventually([] { return events("denial").size() == 1; }));
}

TEST_F(DenialTest, TheAccountCanNeitherRemoveNorReplaceTheSocket) {
    EXPECT_EQ(inside([] {
                  if (::unlink(kInbox) == 0 || ::rename(kInbox, "/tmp/x") == 0) return 1;
                  if (::chmod(kInbox, 0) == 0 || ::rmdir("/etc/jail") == 0) return 2;
                  return send_denial({"0123abcd", "still there", ""}) ? 0 : 3;
              }).status,
              0);
    ASSERT_TRUE(ended());
    EXPECT_EQ(events("denial").size(), 1u);
}

}  // namespace
}  // namespace jail::testing
