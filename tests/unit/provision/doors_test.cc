// SPDX-License-Identifier: Apache-2.0
// The rows of doors: the present services, and the findings about each.
#include "provision/host/doors.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "test_host.h"

namespace jail::provision {
namespace {

constexpr char kStock[] = "account required pam_unix.so\nsession required pam_unix.so\n";
constexpr char kClosed[] = "account required pam_unix.so\nsession required pam_unix.so\n@include jail\n";

class DoorsTest : public TestHost {
protected:
    DoorsTest() {
        places_.pam = {directory_ + "/pam.d", directory_ + "/vendor"};
        places_.sshd.program = directory_ + "/sshd";
        places_.sshd.config = directory_ + "/ssh/sshd_config";
        places_.jailshell = directory_ + "/jailshell";
        config("UsePAM yes\n");
        service("jail", "account required pam_jail.so\nsession required pam_jail.so\n");
    }

    void service(const std::string& name, const std::string& text) {
        (void)write(directory_ + "/pam.d/" + name, text);
    }
    void config(const std::string& text) { (void)write(directory_ + "/ssh/sshd_config", text); }
    std::vector<Door> doors(const std::string& account = "") { return Doors(places_).of(account); }
    std::string names() {
        std::string list;
        for (const Door& door : doors())
            list += (list.empty() ? "" : " ") + door.service + (door.leads_in ? "+" : door.open() ? "-" : "");
        return list;
    }
    // "code|file|line" of a service's findings.
    std::vector<std::string> findings(const std::string& name) {
        std::vector<std::string> found;
        for (const Door& door : doors())
            if (door.service == name)
                for (const DoorFinding& one : door.findings)
                    found.push_back(one.code + "|" + one.file.substr(one.file.rfind('/') + 1) + "|" +
                                    one.line);
        return found;
    }
    using Strings = std::vector<std::string>;

    DoorPlaces places_;
};

TEST_F(DoorsTest, EveryServiceWithASessionStackIsADoor) {
    service("sshd", kClosed);
    service("su", kStock);
    service("su-l", "account include su\nsession include su\n");
    service("passwd", "password required pam_unix.so\n");
    service("chsh", kStock);
    service("common-session", "session required pam_unix.so\n");
    service("part", "session required pam_unix.so\n");
    service("vsftpd", "account required pam_unix.so\nsession include part\n@include jail\n");
    service("deny", "account required pam_deny.so\nsession required pam_deny.so\n");
    service("sshd.dpkg-dist", kStock);
    (void)write(directory_ + "/vendor/login", kStock);
    EXPECT_EQ(names(), "sshd+ deny login- su- su-l- vsftpd+");
}

TEST_F(DoorsTest, ClosingAServiceClosesThoseThatIncludeIt) {
    service("su", kClosed);
    service("su-l", "account include su\nsession optional pam_keyinit.so\nsession include su\n");
    EXPECT_EQ(names(), "su+ su-l+");
}

TEST_F(DoorsTest, FindingsHaveStableCodesAndTheLineToWrite) {
    service("sshd", kStock);
    EXPECT_EQ(findings("sshd"), (Strings{"pam.sshd.missing|sshd|@include jail"}));
    service("sshd", std::string(kStock) + "session required pam_jail.so\n");
    EXPECT_EQ(findings("sshd"), (Strings{"pam.sshd.account.missing|sshd|account required pam_jail.so"}));
    service("sshd", std::string(kStock) + "account required pam_jail.so\n");
    EXPECT_EQ(findings("sshd"), (Strings{"pam.sshd.missing|sshd|session required pam_jail.so"}));
    service("sshd", std::string(kClosed) + "session required pam_env.so\n");
    EXPECT_EQ(findings("sshd"), (Strings{"pam.sshd.order|sshd|@include jail"}));
    service("sshd", std::string(kStock) + "account required pam_jail.so\nsession optional pam_jail.so\n");
    EXPECT_EQ(findings("sshd"), (Strings{"pam.sshd.control|sshd|session required pam_jail.so"}));
    service("sshd", std::string("session sufficient pam_x.so\n") + kClosed);
    EXPECT_EQ(findings("sshd"), (Strings{"pam.sshd.skipped|sshd|"}));
    service("sshd", "@include jails\n");
    EXPECT_EQ(findings("sshd"), (Strings{"pam.sshd.broken|sshd|"}));
    service("sshd", std::string("session required \\\n# amid\npam_x.so\n") + kClosed);
    EXPECT_EQ(findings("sshd"), (Strings{"pam.sshd.unclear|sshd|"}));
    service("part", "account required \\\n# amid\npam_x.so\n");
    service("sshd", std::string("account include part\n") + kClosed);
    EXPECT_EQ(findings("sshd"), (Strings{"pam.sshd.account.unclear|part|"}));
}

TEST_F(DoorsTest, SshdWithoutPamIsOpen) {
    service("sshd", kClosed);
    config("# UsePAM yes\nusepam = no\nUsePAM yes\n");
    EXPECT_EQ(findings("sshd"), (Strings{"sshd.usepam|sshd_config|UsePAM yes"})) << "the first value counts";
    config("");
    EXPECT_EQ(names(), "sshd-") << "sshd's own default is no";
    (void)write(directory_ + "/ssh/sshd_config.d/10.conf", "UsePAM \"yes\"\n");
    config("Include sshd_config.d/*.conf\nUsePAM no\n");
    EXPECT_EQ(names(), "sshd+");
}

TEST_F(DoorsTest, TheServiceThatSshdIsToldCounts) {
    service("sshd", kStock);
    service("sshd-jails", kClosed);
    config("UsePAM yes\nPAMServiceName sshd-jails\n");
    EXPECT_EQ(names(), "sshd-jails+") << "nobody comes in by the other";
    config("UsePAM yes\nMatch User x\nPAMServiceName sshd-jails\n");
    EXPECT_EQ(names(), "sshd- sshd-jails+");
}

// A program in sshd's place, which answers as OpenSSH 9.8 does.
TEST_F(DoorsTest, SshdItselfIsAskedWhereAnAccountMakesADifference) {
    service("sshd", kStock);
    service("sshd-jails", kClosed);
    config("UsePAM yes\nMatch User harlequin\nPAMServiceName sshd-jails\n");
    (void)write(
        directory_ + "/sshd",
        "#!/bin/sh\necho usepam yes\ncase \"$*\" in *user=harlequin,*) echo pamservicename sshd-jails;; *) "
        "echo pamservicename sshd;; esac\n",
        0755);
    EXPECT_TRUE(sshd_among(doors("harlequin"))->leads_in);
    EXPECT_FALSE(sshd_among(doors("ivy"))->leads_in);
    EXPECT_EQ(sshd_among(doors("harlequin"))->service, "sshd-jails");
}

TEST_F(DoorsTest, WithoutAnSshdThereIsNoSuchDoor) {
    service("login", kClosed);
    EXPECT_EQ(names(), "login+");
    EXPECT_EQ(sshd_among(doors()), nullptr);
    EXPECT_FALSE(Doors(places_).has_sshd());
    (void)write(directory_ + "/sshd", "#!/bin/sh\nexit 1\n", 0755);
    EXPECT_NE(sshd_among(doors()), nullptr) << "it has no file: libpam refuses, or takes other's";
}

}  // namespace
}  // namespace jail::provision
