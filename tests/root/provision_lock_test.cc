// SPDX-License-Identifier: Apache-2.0
// Several jail-provision at once.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>

#include "libjail/base/file_descriptor.h"
#include "libjail/policy/trusted_store.h"
#include "tests/root/provision_host.h"

namespace jail::testing {
namespace {

using ::testing::HasSubstr;

class ProvisionLock : public ProvisionHost {
protected:
    void SetUp() override {
        ProvisionHost::SetUp();
        policy("gotham", "jail: gotham\ncommands: [bash]\n");
        must({"build", "gotham"});
    }
    static FileDescriptor hold() {
        FileDescriptor lock(::open("/var/lib/jail/lock", O_RDWR | O_CLOEXEC));
        EXPECT_EQ(::flock(lock.get(), LOCK_EX), 0);
        return lock;
    }
};

TEST_F(ProvisionLock, TheSecondWaitsAndSaysSo) {
    FileDescriptor lock = hold();
    const Started second = start_provision({"add", "dent", "--jail", "gotham"});
    ::usleep(300'000);
    EXPECT_EQ(shell("ls /var/lib/jail/accounts 2>/dev/null").output, "");
    lock.reset();
    const Ended ended = finish(second);
    EXPECT_EQ(ended.exit_status(), 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("waiting for another jail-provision"));
}

TEST_F(ProvisionLock, TheWaitEndsAtItsTimeout) {
    const FileDescriptor lock = hold();
    const Ended ended = provision({"add", "dent", "--jail", "gotham", "--lock-timeout", "1"});
    EXPECT_EQ(ended.exit_status(), 1);
    EXPECT_THAT(ended.output, HasSubstr("--lock-timeout"));
    EXPECT_EQ(shell("ls /var/lib/jail/accounts 2>/dev/null").output, "");
}

TEST_F(ProvisionLock, EightAtOnceAllSucceed) {
    std::vector<Started> adds;
    shell("for i in 0 1 2 3 4 5 6 7; do useradd -m -s /bin/sh rogue$i; done");
    for (int i = 0; i < 8; ++i)
        adds.push_back(start_provision({"add", "rogue" + std::to_string(i), "--jail", "gotham"}));
    for (const Started& add : adds) {
        const Ended ended = finish(add);
        EXPECT_EQ(ended.exit_status(), 0) << ended.output;
    }
    EXPECT_EQ(shell("jail-provision list | grep -c ^rogue").output, "8\n");
    EXPECT_EQ(shell("getent passwd | grep -c '^rogue.*jailshell$'").output, "8\n");
    shell("for i in 0 1 2 3 4 5 6 7; do userdel -rf rogue$i; done");
}

}  // namespace
}  // namespace jail::testing
