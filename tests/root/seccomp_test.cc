// SPDX-License-Identifier: Apache-2.0
// The filter that jail-provision compiles, in a jail: what each use of a call that it looks at answers there.
#include <fstream>
#include <sstream>

#include "jail_fixture.h"
#include "libjail/policy/paths.h"
#include "shell.h"

namespace jail::testing {
namespace {

class SeccompTest : public JailTest {
protected:
    // Without a shell as well: internal-sftp and sshd's own child are such sessions.
    std::string answer(const std::string& use) {
        const std::string inside = word_after(use, session(kHarlequin, "refused").output);
        EXPECT_EQ(word_after(use, session_without_shell(kHarlequin, "refused").output), inside) << use;
        return inside;
    }

    static std::string word_after(const std::string& use, const std::string& output) {
        std::istringstream lines(output);
        for (std::string name, answer; lines >> name >> answer;)
            if (name == use) return answer;
        return "no answer: " + output;
    }
};

TEST_F(SeccompTest, EachRefusalAnswersWithItsErrno) {
    take_policy("");
    constexpr const char* kExpected[][2] = {
        {"mount", "EPERM"},
        {"unshare", "EPERM"},
        {"clone-newuser", "EPERM"},
        {"clone-newnet-high", "EPERM"},
        {"clone3", "ENOSYS"},
        {"ptrace", "EPERM"},
        {"ioctl-sti", "EPERM"},
        {"ioctl-sti-high", "EPERM"},
        {"ioctl-linux-high", "EPERM"},
        {"ioctl-discipline", "EPERM"},
        {"personality-not-random", "EPERM"},
        {"personality-exec-high", "EPERM"},
        {"prctl-memory", "EPERM"},
        {"prctl-core-high", "EPERM"},
        {"socket-vsock", "EAFNOSUPPORT"},
        {"socket-packet", "EAFNOSUPPORT"},
        {"socket-alg-high", "EAFNOSUPPORT"},
        {"socketpair-tipc", "EAFNOSUPPORT"},
        {"socket-events", "EPROTONOSUPPORT"},
        {"socket-processes-high", "EPROTONOSUPPORT"},
        {"socket-audit", "EPROTONOSUPPORT"},
        {"socket-lite", "EPROTONOSUPPORT"},
        {"socket-sctp6-high", "EPROTONOSUPPORT"},
        {"socket-dccp-by-type", "ESOCKTNOSUPPORT"},
        {"ioctl-bridge", "EPERM"},
        {"filter-of-socket", "EPERM"},
        {"aio", "ENOSYS"},
        {"mmap-huge", "EPERM"},
        {"priority-init", "EPERM"},
        {"priority-init-high", "EPERM"},
        {"priority-user", "EPERM"},
        {"io-priority-init", "EPERM"},
        {"io-priority-user", "EPERM"},
        {"affinity-init", "EPERM"},
        {"scheduler-init", "EPERM"},
        {"parameters-init", "EPERM"},
        {"attributes-init", "EPERM"},
        {"limit-init", "EPERM"},
    };
    for (const auto& [use, expected] : kExpected) EXPECT_EQ(answer(use), expected) << use;
}

TEST_F(SeccompTest, OtherUsesOfTheSameCallsGoOn) {
    take_policy("");
    constexpr const char* kExpected[][2] = {
        {"ioctl-window", "EBADF"}, {"personality-ask", "ok"}, {"personality-linux", "ok"},
        {"prctl-name", "ok"},      {"socket-unix", "ok"},     {"splice", "EBADF"},
        {"socket-route", "ok"},    {"socket-diag", "ok"},     {"socket-tcp", "ok"},
        {"socket-udp6", "ok"},     {"notify", "EBADF"},       {"option-of-socket", "EBADF"},
    };
    for (const auto& [use, expected] : kExpected) EXPECT_EQ(answer(use), expected) << use;
}

// glibc asks for clone3 first.
TEST_F(SeccompTest, ThreadsAreMade) {
    take_policy("");
    EXPECT_EQ(session(kHarlequin, "threads 8").output, "8\n");
}

#ifdef __x86_64__
TEST_F(SeccompTest, TheEntriesOfOtherArchitecturesAreClosed) {
    take_policy("");
    EXPECT_EQ(answer("x32-getpid"), "ENOSYS");
    EXPECT_EQ(answer("i386-getpid"), "ENOSYS");
}
#endif

TEST_F(SeccompTest, APolicyGivesBackProtocolsAndWhatTheHostHasOneAmountOf) {
    take_policy("syscalls: {allow: [netlink, socket-protocols, socket-filters, aio]}");
    EXPECT_EQ(answer("socket-events"), "ok");
    EXPECT_NE(answer("socket-dccp-by-type"), "EPERM");
    EXPECT_EQ(answer("filter-of-socket"), "EBADF");
    EXPECT_EQ(answer("aio"), "EFAULT");
    EXPECT_EQ(answer("socket-vsock"), "EAFNOSUPPORT");
    EXPECT_EQ(answer("socket-audit"), "EPROTONOSUPPORT");
}

TEST_F(SeccompTest, APolicyTakesEveryWayToWatchFiles) {
    take_policy("syscalls: {deny: [inotify]}");
    EXPECT_EQ(answer("notify"), "EPERM");
    EXPECT_EQ(answer("notify-high"), "EPERM");
}

TEST_F(SeccompTest, APolicyGivesBackGroupsAndCalls) {
    take_policy("syscalls: {allow: [ptrace, personalities]}");
    EXPECT_EQ(answer("ptrace"), "ESRCH");
    EXPECT_EQ(answer("personality-not-random"), "ok");
    EXPECT_EQ(answer("mount"), "EPERM");
}

// What a library does that has its loader write its code: executable memory that no file is behind.
TEST_F(SeccompTest, APolicyTakesCodeThatAProcessWritesForItself) {
    take_policy("");
    EXPECT_EQ(answer("mmap-writable-code"), "ok");
    EXPECT_EQ(answer("mprotect-code"), "ok");
    EXPECT_EQ(answer("mmap-shared-code"), "ok");
    EXPECT_EQ(answer("segment-of-code"), "EINVAL");
    take_policy("syscalls: {deny: [writable-code]}");
    EXPECT_EQ(answer("mmap-writable-code"), "EPERM");
    EXPECT_EQ(answer("mprotect-code"), "EPERM");
    EXPECT_EQ(answer("mmap-shared-code"), "EPERM");
    EXPECT_EQ(answer("segment-of-code"), "EPERM");
}

TEST_F(SeccompTest, APolicyTakesGroupsAndCalls) {
    take_policy("syscalls: {deny: [pipes]}");
    EXPECT_EQ(answer("splice"), "EPERM");
    take_policy("syscalls: {deny: [splice, personality]}");
    EXPECT_EQ(answer("splice"), "EPERM");
    EXPECT_EQ(answer("personality-ask"), "EPERM");
}

}  // namespace
}  // namespace jail::testing
