// SPDX-License-Identifier: Apache-2.0
#include "provision/host/login_shell.h"

#include <gtest/gtest.h>

namespace jail::provision {
namespace {

const Account kHarlequin = {"harlequin", 1001, 1001, "/home/harlequin", "/bin/bash"};
constexpr char kPasswd[] =
    "root:x:0:0:root:/root:/bin/bash\n"
    "harlequin:x:1001:1001:H:/home/harlequin:/bin/bash\n"
    "harlequin2:x:1002:1002::/home/harlequin2:/bin/sh\n";

Result<std::string> with_shell(const std::string& text, const std::string& shell) {
    std::vector<std::string> absent;
    return with_shells(text, {{kHarlequin, shell}}, absent);
}

TEST(LoginShell, ChangesOneFieldOfOneLine) {
    EXPECT_EQ(with_shell(kPasswd, "/usr/bin/jailshell").value(),
              "root:x:0:0:root:/root:/bin/bash\n"
              "harlequin:x:1001:1001:H:/home/harlequin:/usr/bin/jailshell\n"
              "harlequin2:x:1002:1002::/home/harlequin2:/bin/sh\n");
}

TEST(LoginShell, KeepsOddFilesAsTheyAre) {
    const std::string odd = "# comment\n\n+::::::\nharlequin:x:1001:1001::/h:";
    EXPECT_EQ(with_shell(odd, "/s").value(), odd + "/s");
}

TEST(LoginShell, ChangesManyLinesInOnePass) {
    std::vector<std::string> absent;
    const Account second = {"harlequin2", 1002, 1002, "/home/harlequin2", "/bin/sh"};
    const Account directory = {"ldap", 5000, 5000, "/home/ldap", "/bin/sh"};
    const auto text = with_shells(kPasswd, {{second, "/b"}, {kHarlequin, "/a"}, {directory, "/c"}}, absent);
    ASSERT_TRUE(text);
    EXPECT_NE(text.value().find("/home/harlequin:/a\n"), std::string::npos);
    EXPECT_NE(text.value().find("/home/harlequin2:/b\n"), std::string::npos);
    EXPECT_EQ(absent, std::vector<std::string>{"ldap"});
}

TEST(LoginShell, RefusesWhatItDoesNotUnderstand) {
    EXPECT_FALSE(with_shell(std::string(kPasswd) + kPasswd, "/s"));
    EXPECT_FALSE(with_shell("harlequin:x:77:1::/:/\n", "/s"));
    EXPECT_FALSE(with_shell("harlequin:x:1001\n", "/s"));
}

}  // namespace
}  // namespace jail::provision
