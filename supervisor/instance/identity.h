// SPDX-License-Identifier: Apache-2.0
// The account, as the host's name services know it, and the files below /etc that give it its name inside the
// jail. Looked up by the supervisor on the host, before anything of a jail is entered: inside, no name
// service is asked.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "libjail/base/result.h"
#include "libjail/policy/manifest.h"

namespace jail::supervisor {

struct Group {
    std::string name;
    gid_t gid = 0;
    bool operator==(const Group&) const = default;
};

struct Identity {
    std::string account;
    uid_t uid = 0;
    gid_t gid = 0;
    std::string home;
    std::string gecos;
    std::string login_shell;    // as the host has it
    std::vector<Group> groups;  // supplementary ones, the primary group first
    bool operator==(const Identity&) const = default;
};

// ENOENT: the account does not exist any more. EPERM: the uid now belongs to another name than the record's,
// so it was reused.
Result<Identity> look_up_identity(const AccountRecord& record);

// Whether a fresh lookup gives the same identity. The names of groups are not compared: for each of them a
// directory server may have to be asked for all members.
bool is_still(Identity identity, const AccountRecord& record);

using EtcFile = std::pair<std::string, std::string>;  // name below /etc, content

// passwd, group, hosts, hostname, nsswitch.conf, resolv.conf of this account in this jail. `hosts`: lines
// after the jail's own.
std::vector<EtcFile> synthesise_etc(const Identity& identity, const Manifest& manifest,
                                    const std::string& resolv_conf, const std::string& hosts = {});

}  // namespace jail::supervisor
