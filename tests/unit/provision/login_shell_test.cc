#include "provision/login_shell.h"

#include <gtest/gtest.h>

namespace jail::provision {
namespace {

const Account kHarlequin = {"harlequin", 1001, 1001, "/home/harlequin", "/bin/bash"};
constexpr char kPasswd[] =
    "root:x:0:0:root:/root:/bin/bash\n"
    "harlequin:x:1001:1001:H:/home/harlequin:/bin/bash\n"
    "harlequin2:x:1002:1002::/home/harlequin2:/bin/sh\n";

TEST(LoginShell, ChangesOneFieldOfOneLine) {
    EXPECT_EQ(with_shell(kPasswd, kHarlequin, "/usr/bin/jailshell").value(),
              "root:x:0:0:root:/root:/bin/bash\n"
              "harlequin:x:1001:1001:H:/home/harlequin:/usr/bin/jailshell\n"
              "harlequin2:x:1002:1002::/home/harlequin2:/bin/sh\n");
}

TEST(LoginShell, KeepsOddFilesAsTheyAre) {
    const std::string odd = "# comment\n\n+::::::\nharlequin:x:1001:1001::/h:";
    EXPECT_EQ(with_shell(odd, kHarlequin, "/s").value(), odd + "/s");
}

TEST(LoginShell, RefusesWhatItDoesNotUnderstand) {
    EXPECT_EQ(with_shell("root:x:0:0::/:/\n", kHarlequin, "/s").error().code(), ENOENT);
    EXPECT_EQ(with_shell(std::string(kPasswd) + kPasswd, kHarlequin, "/s").error().code(), EEXIST);
    EXPECT_EQ(with_shell("harlequin:x:77:1::/:/\n", kHarlequin, "/s").error().code(), EINVAL);
    EXPECT_EQ(with_shell("harlequin:x:1001\n", kHarlequin, "/s").error().code(), EINVAL);
}

}  // namespace
}  // namespace jail::provision
