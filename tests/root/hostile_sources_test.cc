// SPDX-License-Identifier: Apache-2.0
// A source directory with an owner, named as source_owner, that works against the build, and other entries of
// the host's files that a tree must not have. Sources that are not copied at all are source_trust_test's.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "libjail/policy/trusted_store.h"
#include "tests/root/provision_host.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr uid_t kAttacker = 4666;
constexpr char kSecret[] = "for root's eyes only";

class HostileSources : public ProvisionHost {
protected:
    void SetUp() override {
        ProvisionHost::SetUp();
        // Readable by its mode, in a directory that is closed: what an attacker's path could be made to lead
        // to.
        shell(
            "userdel publisher; useradd -M -u 4666 publisher; "
            "mkdir -p /srv/closed/d && chmod 700 /srv/closed && rm -rf /srv/data && mkdir -p /srv/data/d && "
            "chown -R 4666 /srv/data");
        std::ofstream("/srv/closed/d/file") << kSecret << "\n";
        std::ofstream("/srv/data/d/file") << "public\n";
        shell("chown -R 4666 /srv/data; cp /srv/closed/d/file /srv/secret; chmod 600 /srv/secret");
    }

    static bool store_has_secret() {
        return shell(std::string("grep -rqF '") + kSecret + "' /var/lib/jail").exit_status() == 0;
    }

    // As the owner of /srv/data, until killed.
    template <class Round>
    static pid_t attack(Round round) {
        const pid_t child = ::fork();
        if (child != 0) return child;
        if (::setgid(kAttacker) != 0 || ::setuid(kAttacker) != 0 || ::chdir("/srv/data") != 0) ::_exit(1);
        for (;;) round();
    }

    static void build_under(pid_t attacker) {
        int published = 0, refused = 0;
        while (published + refused < 30) {
            shell("rm -rf /var/lib/jail/*");
            const Ended ended = run({"timeout", "20", "/usr/sbin/jail-provision", "build", "gotham"});
            ASSERT_TRUE(ended.exit_status() == 0 || ended.exit_status() == 1)
                << ended.output;  // 124: it hung
            ++(ended.exit_status() == 0 ? published : refused);
            ASSERT_FALSE(store_has_secret()) << ended.output;
        }
        (void)::kill(attacker, SIGKILL);
        (void)::waitpid(attacker, nullptr, 0);
        std::printf("%d builds published, %d refused\n", published, refused);
    }
};

constexpr char kPolicy[] = "jail: gotham\ncommands: [bash]\nfiles: [/srv/data]\nsource_owner: publisher\n";

TEST_F(HostileSources, ADirectorySwappedForASymlinkLeadsNowhere) {
    policy("gotham", kPolicy);
    build_under(attack([] {
        (void)::rename("d", "../data/was");
        (void)!::symlink("/srv/closed/d", "d");
        (void)::unlink("d");
        (void)::rename("was", "d");
    }));
}

TEST_F(HostileSources, AFileSwappedForOtherThingsIsNeverFollowed) {
    policy("gotham", kPolicy);
    build_under(attack([] {
        (void)::unlink("d/file");
        (void)!::symlink("/srv/secret", "d/file");
        (void)::unlink("d/file");
        (void)::mkfifo("d/file", 0644);
        (void)::unlink("d/file");
        (void)!::link("/srv/secret", "d/file");
        (void)::unlink("d/file");
        (void)::mkdir("d/file", 0755);
        (void)::rmdir("d/file");
        const int fd = ::open("d/file", O_WRONLY | O_CREAT, 0644);
        if (fd >= 0) (void)::close(fd);
    }));
}

TEST_F(HostileSources, ASymlinkIntoAClosedDirectoryIsRefused) {
    shell("chown -R 0 /srv/data && ln -s /srv/closed/d/file /srv/data/link");
    policy("gotham", kPolicy);
    const Ended ended = provision({"build", "gotham"});
    EXPECT_EQ(ended.exit_status(), 1);
    EXPECT_THAT(ended.output, HasSubstr("/srv/closed/d/file is not readable by everybody"));
    EXPECT_FALSE(store_has_secret());
}

TEST_F(HostileSources, WhatIsNoFileStaysOut) {
    shell(
        "cd /srv/data && mkfifo fifo && mknod device c 1 3 && python3 -c \"import socket; "
        "socket.socket(socket.AF_UNIX).bind('socket')\"");
    policy("gotham", kPolicy);
    must({"build", "gotham"});
    const std::string tree = "/var/lib/jail/trees/" + load_manifest("gotham").value().tree;
    EXPECT_TRUE(fs::exists(tree + "/srv/data/d/file"));
    EXPECT_EQ(shell("find " + tree + " ! -type f ! -type d ! -type l").output, "");
}

TEST_F(HostileSources, NoPrivilegeEntersATree) {
    shell(
        "cd /srv/data && cp /bin/cat privileged && chmod 6755 privileged && setcap cap_net_raw+ep privileged "
        "&& "
        "setfattr -n trusted.note -v x privileged 2>/dev/null; chmod 7775 d; chgrp 4999 d/file; chmod 664 "
        "d/file");
    ASSERT_NE(shell("getcap /srv/data/privileged").output, "");
    policy("gotham", kPolicy);
    must({"build", "gotham"});
    const std::string tree = "/var/lib/jail/trees/" + load_manifest("gotham").value().tree;
    EXPECT_TRUE(fs::exists(tree + "/srv/data/privileged"));
    EXPECT_EQ(shell("find " + tree +
                    " /var/lib/jail/store -perm /7000 -o ! -user root -o ! -group root -o ! -type l "
                    "-perm /022")
                  .output,
              "");
    EXPECT_EQ(shell("getcap -r " + tree).output, "");
    EXPECT_EQ(provision({"verify-tree", "gotham"}).exit_status(), 0) << "verify-tree looks at all attributes";
}

TEST_F(HostileSources, AReusedUidInheritsNoJail) {
    policy("gotham", kPolicy);
    must({"add", "dent", "--jail", "gotham"});
    ASSERT_EQ(
        shell("uid=$(id -u dent) && userdel dent && useradd -M -d /home/dent2 -s /bin/sh -u $uid joker && "
              "mkdir -p /home/dent2 && chown joker /home/dent2")
            .status,
        0);
    const Ended add = provision({"add", "joker", "--jail", "gotham"});
    EXPECT_EQ(add.exit_status(), 1);
    EXPECT_THAT(add.output, HasSubstr("is bound as 'dent'; run jail-provision remove dent first"));
    EXPECT_THAT(shell("getent passwd joker").output, HasSubstr(":/bin/sh"));
    must({"remove", "dent"});
    EXPECT_THAT(shell("getent passwd joker").output, HasSubstr(":/bin/sh"));
    must({"add", "joker", "--jail", "gotham"});
}

}  // namespace
}  // namespace jail::testing
