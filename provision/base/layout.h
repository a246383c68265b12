// SPDX-License-Identifier: Apache-2.0
// Every absolute place that jail-provision reads or writes. The installed tool always uses the compiled-in
// ones; tests put all of them into a directory of their own, with their own uid as the owner that is trusted.
#pragma once

#include <sys/types.h>

#include <string>

#include "libjail/policy/paths.h"

namespace jail::provision {

struct Layout {
    std::string config_dir = paths::kConfigDir;
    std::string share_dir = paths::kShareDir;
    std::string state_dir = paths::kStateDir;
    std::string run_dir = paths::kRunDir;
    std::string jailshell = paths::kJailshell;
    std::string info_of_jails = paths::kInfoOfJails;
    std::string sendmail_of_jails = paths::kSendmailOfJails;
    std::string host_root;  // before every path that a tree is built from; empty: the host's /
    std::string passwd_file = "/etc/passwd";  // where login shells of local accounts stand
    std::string nscd_socket = "/run/nscd/socket";
    std::string cgroup_root = "/sys/fs/cgroup";
    std::string memory_info = "/proc/meminfo";
    uid_t owner = 0;  // who must own the YAML
};

}  // namespace jail::provision
