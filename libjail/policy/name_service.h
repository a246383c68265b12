// SPDX-License-Identifier: Apache-2.0
// Accounts and groups as the host's name services know them (nsswitch.conf(5)): files, LDAP or others. Only
// asked on the host: a jail has only its own two files.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "libjail/base/result.h"

namespace jail::name_service {

struct Account {
    std::string name;
    uid_t uid = 0;
    gid_t gid = 0;
    std::string home;
    std::string gecos;
    std::string shell;
};

// ENOENT: no account has this uid.
Result<Account> account_of(uid_t uid);

struct Group {
    std::string name;
    std::vector<std::string> members;  // by its own list; members by primary group are not in it
};

// ENOENT: no group has this gid, or this name; also when a service that would know it does not answer and
// does not report that.
Result<Group> group_of(gid_t gid);
Result<std::string> group_name(gid_t gid);
Result<gid_t> group_id(const std::string& name);

// Of all groups that the account is in, `primary` included. E2BIG: more than 1024. A service that does not
// answer makes the list shorter, not an error (getgrouplist(3)).
Result<std::vector<gid_t>> groups_of(const std::string& account, gid_t primary);

}  // namespace jail::name_service
