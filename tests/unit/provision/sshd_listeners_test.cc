// SPDX-License-Identifier: Apache-2.0
#include "provision/host/sshd_listeners.h"

#include <gtest/gtest.h>

namespace jail::provision {
namespace {

TEST(SshdListeners, TheConfigurationOfACommandLine) {
    EXPECT_EQ(sshd_config_of("/usr/sbin/sshd -D -f /etc/ssh/two"), "/etc/ssh/two");
    EXPECT_EQ(sshd_config_of("-/usr/sbin/sshd -f/etc/ssh/two -D $SSHD_OPTS"), "/etc/ssh/two");
    EXPECT_EQ(sshd_config_of("sshd: /usr/sbin/sshd -f /etc/ssh/two [listener] 0 of 10-100 startups"),
              "/etc/ssh/two");
    EXPECT_EQ(sshd_config_of("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"), "");
    EXPECT_EQ(sshd_config_of("/usr/sbin/sshd -D -f"), "");
    EXPECT_EQ(sshd_config_of("sshd: harlequin@pts/3"), "");
    EXPECT_EQ(sshd_config_of("/usr/bin/vim -f /etc/ssh/sshd_config2"), "");
    EXPECT_EQ(sshd_config_of(""), "");
}

}  // namespace
}  // namespace jail::provision
