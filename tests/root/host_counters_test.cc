// SPDX-License-Identifier: Apache-2.0
// Numbers that the kernel counts for a uid, or for the whole host: one account cannot take it from root or
// from others (docs/SECURITY-MODEL.md, H).
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "jail_fixture.h"
#include "libjail/base/file_descriptor.h"
#include "libjail/confine/credentials.h"

namespace jail::testing {
namespace {

// Each takes up to `most`, says how many there were, and keeps them.
int inotify_instances(int most) {
    int made = 0;
    while (made < most && ::inotify_init1(IN_CLOEXEC) >= 0) ++made;
    return made;
}

int queued_signals(int most) {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGRTMIN);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    int queued = 0;
    while (queued < most && ::sigqueue(::getpid(), SIGRTMIN, {}) == 0) ++queued;
    return queued;
}

// The number of the largest there may be without a privilege (fs.pipe-user-pages-soft).
int large_pipes(int most) {
    int made = 0;
    for (int ends[2]; made < most && ::pipe2(ends, O_CLOEXEC) == 0; ++made)
        if (::fcntl(ends[0], F_SETPIPE_SZ, 1 << 20) < 0) break;
    return made;
}

int message_queues(int most) {
    int made = 0;
    for (; made < most; ++made) {
        mq_attr attributes = {};
        attributes.mq_maxmsg = 10;
        attributes.mq_msgsize = 8192;
        const std::string name = "/queue" + std::to_string(made);
        if (::mq_open(name.c_str(), O_CREAT | O_RDWR, 0600, &attributes) < 0) break;
    }
    return made;
}

// Of one file, so that what counts is not the number of those that are open.
int sent_descriptors(int most) {
    int ends[2], sent = 0;
    const int file = ::open("/", O_PATH | O_CLOEXEC);
    for (;;) {
        if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return sent;
        for (int i = 0; i < 5; ++i) {
            char byte = 0, control[CMSG_SPACE(sizeof(int) * 100)] = {};
            iovec data = {&byte, 1};
            msghdr message = {};
            message.msg_iov = &data;
            message.msg_iovlen = 1;
            message.msg_control = control;
            message.msg_controllen = sizeof control;
            cmsghdr* header = CMSG_FIRSTHDR(&message);
            header->cmsg_level = SOL_SOCKET;
            header->cmsg_type = SCM_RIGHTS;
            header->cmsg_len = CMSG_LEN(sizeof(int) * 100);
            for (std::size_t one = 0; one < 100; ++one)
                std::memcpy(CMSG_DATA(header) + one * sizeof(int), &file, sizeof file);
            if (::sendmsg(ends[0], &message, 0) < 0) return sent;
            sent += 100;
            if (sent >= most) return sent;
        }
    }
}

class HostCountersTest : public JailTest {
protected:
    static constexpr int kMore = 2000;  // than there is for a uid, or enough
    static constexpr int kSome = 5;

    // The number that `take` had, written by a process that keeps what it took until `running` is finished.
    struct Taken {
        Running running;
        int number = -1;
    };
    static Taken take_and_keep(uid_t uid, int (*take)(int)) {
        Taken taken;
        int ends[2], hold[2];
        if (::pipe2(ends, O_CLOEXEC) != 0 || ::pipe2(hold, O_CLOEXEC) != 0) return taken;
        taken.running = start([&] {
            const auto lease = client::attach(uid, "test", "", "");
            if (!lease || !client::enter(lease.value())) return 100;
            const pid_t child = ::fork();
            if (child == 0) {
                if (!credentials::become(uid, uid, {uid})) ::_exit(103);
                const int number = take(kMore);
                (void)!::write(ends[1], &number, sizeof number);
                ::pause();
            }
            ::waitpid(child, nullptr, 0);
            return 0;
        });
        ::close(ends[1]);
        (void)!::read(ends[0], &taken.number, sizeof taken.number);
        for (const int fd : {ends[0], hold[0], hold[1]}) ::close(fd);
        return taken;
    }
    static void let_go(const Taken& taken) {
        ::kill(taken.running.pid, SIGKILL);
        (void)finish(taken.running);
    }
    // Some by root, which leaves the rest to the others.
    static int some(int (*take)(int)) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) return -1;
        const pid_t child = ::fork();
        if (child == 0) {
            const int number = take(kSome);
            ::_exit(::write(ends[1], &number, sizeof number) == sizeof number ? 0 : 1);
        }
        int number = -1;
        ::close(ends[1]);
        (void)!::read(ends[0], &number, sizeof number);
        ::close(ends[0]);
        ::waitpid(child, nullptr, 0);
        return number;
    }
};

// With a user namespace of root's they would be root's: the kernel counts what is made in it for its owner
// too.
TEST_F(HostCountersTest, WhatAnAccountTakesIsTakenFromNeitherRootNorAnotherAccount) {
    manifest_.limits.memory_bytes = 512u << 20;
    for (const char* policy : {"", "user_namespace: self"}) {
        take_policy(policy);
        for (const auto& take : {inotify_instances, queued_signals, large_pipes, message_queues}) {
            const Taken first = take_and_keep(kHarlequin, take);
            EXPECT_GT(first.number, 0) << policy;
            EXPECT_EQ(some(take), kSome) << policy;
            const Taken second = take_and_keep(kIvy, take);
            // Not as many to the last one: a signal that PID 1 has not read yet, and memory that the kernel
            // frees late, count as well.
            EXPECT_GT(2 * second.number, first.number) << policy;
            let_go(first);
            let_go(second);
        }
    }
}

TEST_F(HostCountersTest, DescriptorsOnTheirWayAreTheAccountsOwn) {
    manifest_.limits.open_files = 200;
    manifest_.limits.memory_bytes = 512u << 20;
    publish();
    const Taken first = take_and_keep(kHarlequin, sent_descriptors);
    EXPECT_GT(first.number, 0);
    EXPECT_LT(first.number, 400) << "its limit of open files, to one message";
    EXPECT_EQ(some(sent_descriptors), 100) << "a message has so many";
    const Taken second = take_and_keep(kIvy, sent_descriptors);
    EXPECT_EQ(second.number, first.number);
    let_go(first);
    let_go(second);
}

// 64 KB each.
TEST_F(HostCountersTest, SemaphoresArePartOfTheAccountsMemory) {
    const Outcome outcome = inside([] {
        int made = 0;
        while (made < 4000 && ::semget(IPC_PRIVATE, 1000, 0600) >= 0) ++made;
        return made < 2000 ? 0 : 2;
    });
    EXPECT_NE(WEXITSTATUS(outcome.status), 2) << "twice the account's memory";
}

// Where the limit is met by the end of the process (v2), less was queued.
TEST_F(HostCountersTest, WhatSocketsHoldIsPartOfTheAccountsMemory) {
    constexpr long long kLimit = 64ll << 20;
    const Outcome outcome = inside([] {
        const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address = {};
        socklen_t size = sizeof address;
        if (::listen(listener, 100) != 0) return 1;
        (void)::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        static const char block[1 << 16] = {};
        long long queued = 0;
        for (int i = 0; i < 100; ++i) {
            const int one = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (::connect(one, reinterpret_cast<const sockaddr*>(&address), size) != 0) break;
            (void)::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
            (void)::fcntl(one, F_SETFL, O_NONBLOCK);
            for (ssize_t count; (count = ::write(one, block, sizeof block)) > 0;) queued += count;
        }
        return queued < 2 * kLimit ? 0 : 2;
    });
    EXPECT_NE(WEXITSTATUS(outcome.status), 2)
        << "100 connections queued more than twice the account's memory";
    EXPECT_NE(WEXITSTATUS(outcome.status), 1);
}

}  // namespace
}  // namespace jail::testing
