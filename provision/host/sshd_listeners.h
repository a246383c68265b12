// SPDX-License-Identifier: Apache-2.0
// The SSH servers of this host besides the one of /etc/ssh/sshd_config: those that run with another
// configuration (sshd -f), and those that a systemd unit would start so.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "provision/host/sshd_settings.h"

namespace jail::provision {

struct OtherSshd {
    SshdPlaces places;
    std::string seen;  // "process 812", "/etc/systemd/system/ssh2.service"
};

// Each configuration once; what runs comes first.
std::vector<OtherSshd> other_sshds();

// The configuration that this command line of sshd names with -f; empty: none, or another program's.
// "sshd: /usr/sbin/sshd -f FILE [listener] 0 of ..." is how a running one shows itself.
std::string sshd_config_of(std::string_view command_line);

}  // namespace jail::provision
