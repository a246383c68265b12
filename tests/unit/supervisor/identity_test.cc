// SPDX-License-Identifier: Apache-2.0
#include "supervisor/instance/identity.h"

#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include "libjail/policy/paths.h"
#include "tests/unit/libjail/sample_records.h"

namespace jail::supervisor {
namespace {

Identity harlequin() {
    return {"harlequin",
            1001,
            1001,
            "/home/harlequin",
            "Harley: the\nQuinn",
            "/bin/sh",
            {{"harlequin", 1001}, {"staff", 50}}};
}

std::string content_of(const std::vector<EtcFile>& files, const std::string& name) {
    for (const auto& [file, content] : files)
        if (file == name) return content;
    return "missing";
}

TEST(Identity, PasswdNamesTheAccountAndNobodyElseOfTheHost) {
    Manifest manifest = samples::manifest();
    manifest.exit_status = false;
    const auto files = synthesise_etc(harlequin(), manifest, "");
    EXPECT_EQ(content_of(files, "passwd"),
              "root:x:0:0:root:/:/usr/sbin/nologin\n"
              "harlequin:x:1001:1001:Harley  the Quinn:/home/harlequin:/bin/bash\n"
              "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
}

TEST(Identity, WithFakerootUidZeroIsTheAccount) {
    Manifest manifest = samples::manifest();
    manifest.exit_status = false;
    manifest.user_namespace = UserNamespace::kFakeroot;
    const std::string passwd = content_of(synthesise_etc(harlequin(), manifest, ""), "passwd");
    EXPECT_EQ(passwd.rfind("root:x:0:0:Harley  the Quinn:/home/harlequin:/bin/bash\nharlequin:x:1001:", 0),
              0u)
        << passwd;
}

TEST(Identity, WhereItsEndIsToBeKnownTheShellIsJailshellInsideToo) {
    Manifest manifest = samples::manifest();
    manifest.exit_status = true;
    const std::string jailshell = std::string(":/home/harlequin:") + paths::kJailshell + "\n";
    EXPECT_NE(content_of(synthesise_etc(harlequin(), manifest, ""), "passwd").find(jailshell),
              std::string::npos);
    manifest.access.shell = false;
    EXPECT_EQ(content_of(synthesise_etc(harlequin(), manifest, ""), "passwd").find(jailshell),
              std::string::npos);
}

TEST(Identity, GroupHasTheTtyThatSshdAsksFor) {
    const std::string group = content_of(synthesise_etc(harlequin(), samples::manifest(), ""), "group");
    EXPECT_NE(group.find("tty:x:5:\n"), std::string::npos);
    EXPECT_NE(group.find("staff:x:50:harlequin\n"), std::string::npos);
}

TEST(Identity, NoNameServiceButFilesIsAskedInside) {
    const std::string nsswitch =
        content_of(synthesise_etc(harlequin(), samples::manifest(), ""), "nsswitch.conf");
    EXPECT_NE(nsswitch.find("passwd: files\n"), std::string::npos);
    EXPECT_EQ(nsswitch.find("sss"), std::string::npos);
}

TEST(Identity, AReusedUidIsRefused) {
    const passwd* nobody = ::getpwnam("nobody");
    ASSERT_NE(nobody, nullptr);
    const auto identity = look_up_identity({"harlequin", nobody->pw_uid, "arkham"});
    ASSERT_FALSE(identity);
    EXPECT_EQ(identity.error().code(), EPERM);
}

TEST(Identity, AMissingAccountIsRefused) {
    const auto identity = look_up_identity({"harlequin", 4000000000u, "arkham"});
    ASSERT_FALSE(identity);
    EXPECT_EQ(identity.error().code(), ENOENT);
}

TEST(Identity, IsStillTheSameAsLongAsItsIdsAre) {
    const AccountRecord record{"nobody", ::getpwnam("nobody")->pw_uid, "arkham"};
    const auto found = look_up_identity(record);
    ASSERT_TRUE(found) << found.error().message();
    Identity identity = found.value();
    ASSERT_FALSE(identity.groups.at(0).name.empty());
    EXPECT_TRUE(is_still(identity, record));
    identity.groups[0].name = "renamed";
    EXPECT_TRUE(is_still(identity, record));
    identity.groups.push_back({"wheel", 4711});
    EXPECT_FALSE(is_still(identity, record));
    identity.groups.pop_back();
    identity.home = "/elsewhere";
    EXPECT_FALSE(is_still(identity, record));
    EXPECT_FALSE(is_still(found.value(), {"harlequin", record.uid, "arkham"}));
}

}  // namespace
}  // namespace jail::supervisor
