// SPDX-License-Identifier: Apache-2.0
// All that root copies for a jail comes from places that root alone can change: SECURITY.md, "That
// jail-provision writes or reads where an account, through files that it can change, made it do so".
#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/fuse.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>

#include "libjail/policy/trusted_store.h"
#include "tests/root/provision_host.h"

namespace jail::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kNote[] = "private note of a neighbour";

// `publisher` has a program in its home and a directory below /srv, `neighbour` a note that everybody on the
// host can read.
class SourceTrust : public ProvisionHost {
protected:
    void SetUp() override {
        ProvisionHost::SetUp();
        shell(
            "for a in publisher neighbour; do userdel -rf $a; rm -rf /home/$a; useradd -m -s /bin/sh $a; "
            "chmod 755 /home/$a; done; rm -rf /srv/app /srv/shared; mkdir -p /srv/app /srv/shared");
        std::ofstream("/home/publisher/tool") << "#!/bin/bash\n";
        std::ofstream("/srv/app/page") << "public\n";
        std::ofstream("/srv/shared/page") << "public\n";
        std::ofstream("/home/neighbour/note.txt") << kNote << "\n";
        shell("chmod 777 /home/publisher/tool; chown neighbour: /home/neighbour/note.txt");
        shell("chown -R publisher: /home/publisher /srv/app");
    }

    static std::string tree() {
        const auto manifest = load_manifest("gotham");
        return "/var/lib/jail/trees/" + (manifest ? manifest.value().tree : "none");
    }
    static bool store_has_note() {
        return shell(std::string("grep -rqF '") + kNote + "' /var/lib/jail").exit_status() == 0;
    }
    // check and build say the same, at the same place of the file, and do not publish.
    static void expect_refused(const std::string& keys, const std::string& place, const std::string& why) {
        SCOPED_TRACE(keys);
        policy("gotham", "jail: gotham\n" + keys);
        for (const char* command : {"check", "build"}) {
            const Ended ended =
                command == std::string("check") ? provision({"check"}) : provision({"build", "gotham"});
            EXPECT_EQ(ended.exit_status(), 1) << command;
            EXPECT_THAT(ended.output, HasSubstr("gotham.yaml:" + place + ": ")) << command;
            EXPECT_THAT(ended.output, HasSubstr(why)) << command;
        }
        EXPECT_FALSE(load_manifest("gotham"));
        EXPECT_EQ(shell("ls /var/lib/jail/trees 2>/dev/null").output, "");
    }
};

TEST_F(SourceTrust, AProgramInAnAccountsHomeIsNoCommand) {
    expect_refused("commands: [bash, /home/publisher/tool]\n", "2:18",
                   "/home/publisher (owned by publisher) can be changed by an account that is not root");
    expect_refused("commands: [bash, /home/publisher/tool]\n", "2:18",
                   "run chown root on /home/publisher, or name publisher under source_owner");
}

TEST_F(SourceTrust, ADirectoryThatAnAccountOwnsIsNoFiles) {
    expect_refused("commands: [bash]\nfiles: [/srv/app]\n", "3:9", "/srv/app (owned by publisher)");
    expect_refused("commands: [bash]\nfiles: [/srv/app/page]\n", "3:9", "/srv/app (owned by publisher)");
    expect_refused("commands: [bash]\nfiles: [/srv/app/*]\n", "3:9", "/srv/app (owned by publisher)");
    expect_refused("commands: [bash]\nfiles:\n  - {path: /page, source: /srv/app/page}\n", "4:5",
                   "/srv/app (owned by publisher)");
}

TEST_F(SourceTrust, AFileThatAnAccountOwnsIsNotCopied) {
    shell("chown publisher /srv/shared/page");
    expect_refused("commands: [bash]\nfiles: [/srv/shared]\n", "3:9",
                   "/srv/shared/page (owned by publisher)");
}

TEST_F(SourceTrust, ALinkOfAnAccountsIsNotFollowedAlsoWhereItsDirectoryIsRoots) {
    shell("ln -s /etc/hostname /srv/shared/link && chown -h publisher /srv/shared/link");
    expect_refused("commands: [bash]\nfiles: [/srv/shared]\n", "3:9",
                   "/srv/shared/link (owned by publisher)");
    expect_refused("commands: [bash, /srv/shared/link]\n", "2:18", "/srv/shared/link (owned by publisher)");
}

TEST_F(SourceTrust, ALinkOfRootsIntoAnAccountsPlaceIsAnError) {
    shell("ln -s /home/neighbour/note.txt /srv/shared/link");
    expect_refused("commands: [bash]\nfiles: [/srv/shared]\n", "3:9", "/home/neighbour (owned by neighbour)");
    EXPECT_FALSE(store_has_note());
}

TEST_F(SourceTrust, AWritableDirectoryIsAnAccountsWhateverItsOwnerIs) {
    shell("chgrp staff /srv/shared && chmod 2775 /srv/shared");
    expect_refused("commands: [bash]\nfiles: [/srv/shared]\n", "3:9",
                   "/srv/shared (writable for group staff)");
    expect_refused("commands: [bash]\nfiles: [/srv/shared]\n", "3:9", "run chmod g-w on it");
    shell("chmod 1777 /srv/shared");
    expect_refused("commands: [bash]\nfiles: [/srv/shared]\n", "3:9", "/srv/shared (writable for everybody)");
    shell("chmod 755 /srv/shared && chmod 666 /srv/shared/page");
    expect_refused("commands: [bash]\nfiles: [/srv/shared]\n", "3:9", "run chmod go-w on it");
}

TEST_F(SourceTrust, AnAccessListCountsAsTheGroupsBits) {
    ASSERT_EQ(shell("/usr/bin/python3 -c \"import os, struct; e = struct.pack; "
                    "os.setxattr('/srv/shared', 'system.posix_acl_access', e('<I', 2) + "
                    "b''.join(e('<HHI', *x) for x in [(1, 7, 0xffffffff), (2, 7, 4666), (4, 5, 0xffffffff), "
                    "(16, 7, 0xffffffff), (32, 5, 0xffffffff)]))\"")
                  .exit_status(),
              0);
    expect_refused("commands: [bash]\nfiles: [/srv/shared]\n", "3:9", "/srv/shared (writable for group");
}

// Debian with /etc/staff-group-for-usr-local.
TEST_F(SourceTrust, AGroupWritableUsrLocalIsNamedAndNotPassedOver) {
    shell(
        "chgrp staff /usr/local/bin && chmod 2775 /usr/local/bin && cp /usr/bin/jailshell "
        "/usr/local/bin/bash");
    expect_refused("commands: [bash]\n", "2:12", "/usr/local/bin (writable for group staff)");
    shell("rm /usr/local/bin/bash");
    policy("gotham", "jail: gotham\ncommands: [bash]\n");
    must({"build", "gotham"});
    shell("chmod 755 /usr/local/bin");
}

TEST_F(SourceTrust, WithSourceOwnerTheAccountsOwnFilesAreCopied) {
    shell("chmod 2775 /srv/app && chmod 664 /srv/app/page");
    policy("gotham", "jail: gotham\ncommands: [bash]\nfiles: [/srv/app]\nsource_owner: publisher\n");
    must({"build", "gotham"});
    EXPECT_EQ(content_of(tree() + "/srv/app/page"), "public\n");
    EXPECT_EQ(provision({"verify-tree", "gotham"}).exit_status(), 0);
}

TEST_F(SourceTrust, WithSourceOwnerWhatOthersCanChangeStaysRefused) {
    const std::string keys = "commands: [bash]\nfiles: [/srv/app]\nsource_owner: publisher\n";
    shell("chmod 777 /srv/app");
    expect_refused(keys, "3:9", "/srv/app (writable for everybody)");
    shell("chmod 755 /srv/app; chown neighbour /srv/app/page");
    expect_refused(keys, "3:9", "/srv/app/page (owned by neighbour)");
    shell("rm /srv/app/page; chgrp staff /srv; chmod 775 /srv");
    expect_refused(keys, "3:9", "/srv (writable for group staff)");
    shell("chmod 755 /srv");
}

TEST_F(SourceTrust, WithSourceOwnerItsLinksLeadNowhereElse) {
    shell(
        "cd /srv/app && ln -s /home/neighbour/note.txt stolen && ln -s /etc/shadow closed && "
        "ln -s /etc/hostname roots && ln -s page own && ln -s /srv/app/page absolute && ln -s stolen twice "
        "&& "
        "chown -h publisher stolen closed roots own absolute twice");
    policy("gotham", "jail: gotham\ncommands: [bash]\nfiles: [/srv/app]\nsource_owner: publisher\n");
    must({"build", "gotham"});
    EXPECT_FALSE(store_has_note());
    for (const char* link : {"stolen", "closed", "roots", "own", "absolute", "twice"})
        EXPECT_TRUE(fs::is_symlink(tree() + "/srv/app/" + link)) << link;
    EXPECT_FALSE(fs::exists(tree() + "/home"));
    EXPECT_FALSE(fs::exists(tree() + "/etc/shadow"));
    EXPECT_FALSE(fs::exists(tree() + "/etc/hostname"));
    EXPECT_EQ(content_of(tree() + "/srv/app/own"), "public\n");
}

TEST_F(SourceTrust, WithSourceOwnerALinkOutThatIsNamedIsAnError) {
    shell("ln -s /home/neighbour/note.txt /srv/app/stolen && chown -h publisher /srv/app/stolen");
    expect_refused("commands: [bash]\nfiles: [/srv/app/stolen]\nsource_owner: publisher\n", "3:9",
                   "leads, by a symlink of the source_owner's, out of its directories to "
                   "/home/neighbour/note.txt");
}

TEST_F(SourceTrust, AHardLinkIsItsOwnersFile) {
    ASSERT_EQ(shell("cp /home/neighbour/note.txt /srv/shared/note && chown neighbour /srv/shared/note && "
                    "ln /srv/shared/note /srv/app/stolen")
                  .exit_status(),
              0);
    expect_refused("commands: [bash]\nfiles: [/srv/app]\nsource_owner: publisher\n", "3:9",
                   "/srv/app/stolen (owned by neighbour)");
    EXPECT_FALSE(store_has_note());
}

TEST_F(SourceTrust, ASourceOwnerThatThereIsNotIsAnError) {
    expect_refused("commands: [bash]\nsource_owner: nobody-at-all\n", "3:15",
                   "no such account 'nobody-at-all' on this host");
    expect_refused("commands: [bash]\nsource_owner: root\n", "3:15", "root's files are copied without");
}

// A program of the account's, which says that everything in its file system is root's.
class Liar {
public:
    explicit Liar(const char* place) : place_(place) {
        const FileDescriptor device(::open("/run/fuse", O_RDWR));
        const std::string options =
            "fd=" + std::to_string(device.get()) + ",rootmode=40000,user_id=4666,group_id=4666,allow_other";
        EXPECT_EQ(::mount("liar", place, "fuse", MS_NOSUID | MS_NODEV, options.c_str()), 0);
        server_ = ::fork();
        if (server_ == 0) serve(device.get());
    }
    ~Liar() {
        (void)::umount2(place_, MNT_DETACH);
        (void)::kill(server_, SIGKILL);
        (void)::waitpid(server_, nullptr, 0);
    }
    Liar(const Liar&) = delete;
    Liar& operator=(const Liar&) = delete;

private:
    [[noreturn]] static void serve(int device) {
        alignas(8) static char request[1 << 17];
        for (;;) {
            if (::read(device, request, sizeof request) <= 0) ::_exit(0);
            const auto& in = *reinterpret_cast<const fuse_in_header*>(request);
            struct {
                fuse_out_header header = {};
                union {
                    fuse_init_out init;
                    fuse_attr_out attributes;
                } body = {};
            } out;
            out.header = {sizeof out.header, -ENOENT, in.unique};
            if (in.opcode == FUSE_INIT) {
                out.body.init.major = FUSE_KERNEL_VERSION;
                out.body.init.minor = FUSE_KERNEL_MINOR_VERSION;
                out.body.init.max_write = 4096;
                out.header.len += static_cast<std::uint32_t>(sizeof out.body.init);
                out.header.error = 0;
            } else if (in.opcode == FUSE_GETATTR) {
                out.body.attributes.attr.ino = 1;
                out.body.attributes.attr.mode = S_IFDIR | 0755;
                out.body.attributes.attr.nlink = 2;
                out.header.len += static_cast<std::uint32_t>(sizeof out.body.attributes);
                out.header.error = 0;
            }
            (void)!::write(device, &out, out.header.len);
        }
    }

    const char* place_;
    pid_t server_;
};

TEST_F(SourceTrust, AFileSystemThatAnAccountServesIsNotBelieved) {
    shell("rm -f /run/fuse; mknod /run/fuse c 10 229; chown 0:0 /srv/app");
    const Liar liar("/srv/app");
    ASSERT_EQ(shell("stat -c '%u %a' /srv/app").output, "0 755\n");
    expect_refused("commands: [bash]\nfiles: [/srv/app]\n", "3:9", "/srv/app (mounted by an account");
    expect_refused("commands: [bash]\nmounts:\n  - {source: /srv/app}\n", "4:5",
                   "/srv/app cannot be mounted: it is of type fuse");
}

// 400 MB by its size, without blocks on the disk.
TEST_F(SourceTrust, AHoleTakesNoRoomInTheStore) {
    shell(
        "truncate -s 400M /srv/shared/big && echo end >> /srv/shared/big && truncate -s 500M "
        "/srv/shared/big");
    policy("gotham", "jail: gotham\ncommands: [bash]\nfiles: [/srv/shared]\n");
    must({"build", "gotham"});
    EXPECT_EQ(
        shell("cmp /srv/shared/big " + tree() + "/srv/shared/big && stat -c %s " + tree() + "/srv/shared/big")
            .output,
        "524288000\n");
    EXPECT_LT(std::atol(shell("du -sk /var/lib/jail/store | cut -f1").output.c_str()), 16384);
    EXPECT_EQ(provision({"verify-tree", "gotham"}).exit_status(), 0);
}

}  // namespace
}  // namespace jail::testing
