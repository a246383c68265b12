// SPDX-License-Identifier: Apache-2.0
// Mounts that a login could not make: refused by check, build and add, at its place in the file, where a
// login could not do it. (That such a login goes on is root_test's MountsTest.)
#include <gmock/gmock.h>
#include <sys/mount.h>

#include "libjail/policy/trusted_store.h"
#include "tests/root/provision_host.h"

namespace jail::testing {
namespace {

using ::testing::HasSubstr;

class MountCheck : public ProvisionHost {
protected:
    void SetUp() override {
        ProvisionHost::SetUp();
        shell(
            "rm -rf /srv/site /srv/shared /run/bugdb; mkdir -p /srv/site /srv/shared/in /run/bugdb && "
            "chown daemon /run/bugdb && touch /run/bugdb/s.sock && chgrp www-data /srv/shared && "
            "chmod 2775 /srv/shared");
    }
    void TearDown() override {
        shell("rm -rf /srv/site /srv/shared /run/bugdb");
        ProvisionHost::TearDown();
    }

    static void mounts(const std::string& list, const std::string& more = "") {
        policy("gotham", "jail: gotham\ncommands: [bash]\nmounts:\n  - " + list + "\n" + more);
    }
    static void expect_refused(const std::string& list, const std::string& why,
                               const std::string& more = "") {
        SCOPED_TRACE(list);
        mounts(list, more);
        for (const std::vector<std::string>& command :
             {std::vector<std::string>{"check"}, {"build", "gotham"}, {"add", "dent", "--jail", "gotham"}}) {
            const Ended ended = provision(command);
            EXPECT_EQ(ended.exit_status(), 1) << command[0];
            EXPECT_THAT(ended.output, HasSubstr("gotham.yaml:4:5: ")) << command[0];
            EXPECT_THAT(ended.output, HasSubstr(why)) << command[0];
        }
        EXPECT_FALSE(load_manifest("gotham"));
    }
    static void expect_accepted(const std::string& list) {
        SCOPED_TRACE(list);
        mounts(list);
        must({"check"});
        must({"build", "gotham"});
    }
};

TEST_F(MountCheck, ASourceBelowAnAccountsDirectoryIsRefused) {
    expect_refused("{source: /run/bugdb/s.sock, target: /srv/s.sock}",
                   "/run/bugdb (owned by daemon) can be changed by an account that is not root");
    expect_refused("{source: /run/bugdb/s.sock, target: /srv/s.sock}", "mount /run/bugdb itself");
    expect_accepted("{source: /run/bugdb, target: /srv/bugdb}");
}

TEST_F(MountCheck, ASourceBelowADirectoryThatItsGroupCanWriteIsRefused) {
    expect_refused("{source: /srv/shared/in, writable: true}", "/srv/shared (writable for group www-data)");
    expect_refused("{source: /srv/shared/in, writable: true}", "run chmod g-w on it");
    expect_accepted("{source: /srv/shared, writable: true}");
}

TEST_F(MountCheck, SourceOwnerIsNotForMounts) {
    expect_refused("{source: /run/bugdb/s.sock, target: /srv/s.sock}", "/run/bugdb (owned by daemon)",
                   "source_owner: daemon\n");
}

TEST_F(MountCheck, ASourceThatIsMissingIsRefused) {
    expect_refused("{source: /srv/nowhere}", "find /srv/nowhere: No such file or directory");
}

TEST_F(MountCheck, WhatIsTheHostsOwnIsNoSource) {
    for (const char* source : {"/proc", "/proc/sys", "/sys/class", "/dev", "/dev/shm"})
        expect_refused(std::string("{source: ") + source + ", target: /srv/x}", "is the host's own");
    shell("mkdir -p /var/lib/jail/store");
    for (const char* source : {"/var/lib/jail", "/var/lib/jail/store"})
        expect_refused(std::string("{source: ") + source + ", target: /srv/x}", "is jailshell's own");
    for (const char* source : {"/run", "/var", "/var/lib"})
        expect_refused(std::string("{source: ") + source + ", target: /srv/x}", "holds /");
}

TEST_F(MountCheck, ATargetOverWhatTheJailMakesItselfIsRefused) {
    expect_refused("{source: /srv/site, target: /etc}",
                   "would hide /etc/passwd, which the jail makes itself");
    expect_refused("{source: /srv/site, target: /home}", "would hide /home/dent", "accounts: [dent]\n");
    for (const char* place : {"/proc", "/dev", "/run", "/run/x", "/tmp", "/sys/x", "/etc/passwd"})
        expect_refused(std::string("{source: /srv/site, target: ") + place + "}", "cannot be part of a tree");
}

TEST_F(MountCheck, ATargetOverProgramsThatTheSourceLacksIsRefused) {
    for (const char* target : {"/usr", "/usr/bin"})
        expect_refused(std::string("{source: /srv/site, exec: true, target: ") + target + "}",
                       "/srv/site has not");
    expect_refused("{source: /usr}", "nothing in it can be run; add exec: true");
    expect_accepted("{source: /usr, exec: true}");
}

TEST_F(MountCheck, AMountIsNotHiddenByOneThatComesAfterIt) {
    expect_refused("{source: /srv/site, target: /data}",
                   "would hide the mount point /data/in; make /srv/site/in",
                   "  - {source: /srv/shared, target: /data/in}\n");
    shell("mkdir /srv/site/in");
    mounts("{source: /srv/site, target: /data}", "  - {source: /srv/shared, target: /data/in}\n");
    must({"check"});
    mounts("{source: /srv/shared, target: /data/in}", "  - {source: /srv/site, target: /data}\n");
    EXPECT_THAT(
        provision({"check"}).output,
        HasSubstr("gotham.yaml:5:5: the mount on /data would hide the one on /data/in; write it before"));
}

TEST_F(MountCheck, ASourceWithTheKernelsFileSystemsBelowItIsRefused) {
    shell("mkdir -p /srv/site/proc && mount -t proc proc /srv/site/proc");
    expect_refused("{source: /srv/site}", "has /srv/site/proc (proc) mounted below it");
    shell("umount /srv/site/proc && mount -t tmpfs scratch /srv/site/proc");
    expect_accepted("{source: /srv/site}");
    shell("umount /srv/site/proc");
}

}  // namespace
}  // namespace jail::testing
