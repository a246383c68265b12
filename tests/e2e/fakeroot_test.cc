// SPDX-License-Identifier: Apache-2.0
// `user_namespace: fakeroot` by sshd's eyes: what people use fakeroot(1) for.
#include <gmock/gmock.h>

#include <sys/stat.h>

#include <string>

#include "policy_fixture.h"

namespace jail::testing {
namespace {

using ::testing::HasSubstr;

class FakerootTest : public PolicyTest {
protected:
    void SetUp() override {
        PolicyTest::SetUp();
        std::string with_tools = policy();
        with_tools.replace(with_tools.find("commands: ["), 11,
                           "commands: [tar, dpkg-deb, stat, chown, chgrp, ");
        change(with_tools + "user_namespace: fakeroot\n");
    }
};

TEST_F(FakerootTest, TheAccountIsRootOfItsOwnFiles) {
    EXPECT_EQ(ssh("harlequin", {"id -u; id -g; id -un; touch mine; stat -c '%u %g %U' mine"}).output,
              "0\n0\nroot\n0 0 root\n");
    struct stat status = {};
    ASSERT_EQ(::stat((machine::home_of("harlequin") + "/mine").c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, machine::uid_of("harlequin")) << "on the host it is the account's";
    EXPECT_EQ(ssh("harlequin", {"stat -c %U /usr; echo ~root $HOME; rm mine"}).output,
              "nobody\n" + machine::home_of("harlequin") + " " + machine::home_of("harlequin") + "\n");
    EXPECT_EQ(ssh("harlequin", {"grep -c 'Cap.*:.0*$' /proc/self/status"}).output, "5\n");
}

TEST_F(FakerootTest, ArchivesAreMadeAndUnpackedAsByRoot) {
    const Outcome tar =
        ssh("harlequin", {"mkdir made && echo x > made/file && tar -cf made.tar made && tar -tvf made.tar && "
                          "tar --owner=33 --group=33 -cf other.tar made && rm -r made && "
                          "tar -xf other.tar && chown -R 33:33 made && chgrp 4 made/file && cat made/file"});
    EXPECT_EQ(tar.exit_status(), 0) << tar.errors;
    EXPECT_EQ(tar.errors, "");
    EXPECT_THAT(tar.output, HasSubstr("root/root"));
    EXPECT_THAT(tar.output, HasSubstr("\nx\n"));
    EXPECT_EQ(ssh("harlequin", {"rm -r made made.tar other.tar"}).exit_status(), 0);
}

TEST_F(FakerootTest, PackagesAreBuiltWithRootsFiles) {
    const Outcome built =
        ssh("harlequin",
            {"mkdir -p p/DEBIAN p/usr/share/doc && echo x > p/usr/share/doc/x && chown -R root:root p && "
             "printf 'Package: x\\nVersion: 1\\nArchitecture: all\\nMaintainer: x "
             "<x@localhost>\\nDescription: x\\n' "
             "> p/DEBIAN/control && dpkg-deb -b p x.deb && dpkg-deb -c x.deb && rm -r p x.deb"});
    EXPECT_EQ(built.exit_status(), 0) << built.errors;
    EXPECT_THAT(built.output, HasSubstr("root/root"));
    EXPECT_THAT(built.output, ::testing::Not(HasSubstr("harlequin")));
}

TEST_F(FakerootTest, TerminalsSftpAndTheNextLoginWorkAsBefore) {
    const Outcome terminal = ssh("harlequin", {"-tt", "tty; echo typed > /dev/tty; exit 7"});
    EXPECT_THAT(terminal.output, HasSubstr("/dev/pts/0\r\ntyped"));
    EXPECT_EQ(terminal.exit_status(), 7);
    const Outcome sftp = run({"sftp", "-q", "-F", server().client_config(), "-b", "-", "harlequin"},
                             "put /etc/hostname uploaded\nls -ln uploaded\nrm uploaded\n");
    EXPECT_EQ(sftp.exit_status(), 0) << sftp.errors;
    EXPECT_EQ(run({"jail-provision", "enter", "harlequin", "--", "id", "-u"}).output, "0\n");
    const Connection connection(server(), "harlequin");
    ASSERT_TRUE(connection.logged_in());
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(connection.execute("id -u").output, "0\n") << "each channel by itself";
}

}  // namespace
}  // namespace jail::testing
