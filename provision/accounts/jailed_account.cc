// SPDX-License-Identifier: Apache-2.0
#include "provision/accounts/jailed_account.h"

#include "libjail/policy/binding.h"
#include "provision/accounts/instance_state.h"
#include "provision/base/problem.h"
#include "provision/host/account.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

Result<std::uint32_t> find_jailed_account(const std::string& name) {
    const Result<Account> account = find_account(name);
    if (!account && account.error().code() == ENOENT) {
        const bool is_jail = valid_jail_name(name) && published_manifest(Layout(), name);
        return problem("no such account '" + name + "'" +
                       (is_jail ? "; there is a jail of that name: kill, freeze and lock take --jail" : ""));
    }
    if (!account) return account.error();
    const std::uint32_t uid = account.value().uid;
    const auto entry = name_service::account_of(uid);
    const auto record = entry ? find_binding(entry.value()) : Result<AccountRecord>(entry.error());
    if (record || instance_runs(Layout(), uid)) return uid;
    if (record.error().code() != ENOENT) return record.error();
    return problem("account '" + name + "' is in no jail; jail-provision list shows those that are");
}

}  // namespace jail::provision
