// What the kernel counts for a uid, or for the whole host: one account cannot take it from root or from
// others (docs/SECURITY-MODEL.md, H).
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include "jail_fixture.h"
#include "libjail/credentials.h"
#include "libjail/file_descriptor.h"

namespace jail::testing {
namespace {

int inotify_instances() {
    int made = 0;
    while (made < 1000 && ::inotify_init1(IN_CLOEXEC) >= 0) ++made;
    return made;
}

int queued_signals() {
    constexpr int kEnough = 2000;
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGRTMIN);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    int queued = 0;
    while (queued < kEnough && ::sigqueue(::getpid(), SIGRTMIN, {}) == 0) ++queued;
    return queued;
}

// The number of the largest there may be without a privilege (fs.pipe-user-pages-soft).
int large_pipes() {
    int made = 0;
    for (int ends[2]; made < 1000 && ::pipe2(ends, O_CLOEXEC) == 0; ++made)
        if (::fcntl(ends[0], F_SETPIPE_SZ, 1 << 20) < 0) break;
    return made;
}

int message_queues() {
    int made = 0;
    for (; made < 1000; ++made) {
        mq_attr attributes = {};
        attributes.mq_maxmsg = 10;
        attributes.mq_msgsize = 8192;
        const std::string name = "/queue" + std::to_string(made);
        if (::mq_open(name.c_str(), O_CREAT | O_RDWR, 0600, &attributes) < 0) break;
    }
    return made;
}

class HostCountersTest : public JailTest {
protected:
    // The number that `take` had, written by a process that keeps what it took until `running` is finished.
    struct Taken {
        Running running;
        int number = -1;
    };
    static Taken take_and_keep(uid_t uid, int (*take)()) {
        Taken taken;
        int ends[2], hold[2];
        if (::pipe2(ends, O_CLOEXEC) != 0 || ::pipe2(hold, O_CLOEXEC) != 0) return taken;
        taken.running = start([&] {
            const auto lease = client::attach(uid, "test", "", "");
            if (!lease || !client::enter(lease.value())) return 100;
            const pid_t child = ::fork();
            if (child == 0) {
                if (!credentials::become(uid, uid, {uid})) ::_exit(103);
                const int number = take();
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
    // As many as without anybody else.
    static int alone(int (*take)()) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) return -1;
        const pid_t child = ::fork();
        if (child == 0) {
            const int number = take();
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
            const int roots = alone(take);
            const Taken first = take_and_keep(kHarlequin, take);
            EXPECT_GT(first.number, 0) << policy;
            EXPECT_GE(alone(take), roots - 1) << policy;
            const Taken second = take_and_keep(kIvy, take);
            EXPECT_EQ(second.number, first.number) << policy;
            let_go(first);
            let_go(second);
        }
    }
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
