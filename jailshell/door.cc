// SPDX-License-Identifier: Apache-2.0
#include "jailshell/door.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "libjail/confine/credentials.h"
#include "libjail/policy/trusted_store.h"

namespace jail::jailshell {

namespace {

// An account that is certainly not in a jail cannot make root start a process for it, however often it asks.
// A member of a bound group has the group since its login (initgroups(3)), and cannot take it on by itself.
Result<> require_any_binding(uid_t account) {
    const auto own = load_account(account);
    if (own) return success();
    if (own.error().code() != ENOENT) return own.error();
    const std::vector<std::uint32_t> bound = JAIL_TRY(bound_groups());
    const std::vector<gid_t> groups = JAIL_TRY(credentials::groups());
    const auto is_bound = [&](gid_t gid) {
        return std::find(bound.begin(), bound.end(), gid) != bound.end();
    };
    if (std::any_of(groups.begin(), groups.end(), is_bound)) return success();
    return own.error();
}

}  // namespace

Result<Entered> enter_jail(uid_t account) {
    // Root until become(): connecting to the supervisor's socket (0600), setns(2) and setgroups(2) need it.
    // The account's environment, working directory and files are not read before. The supervisor finds out
    // whether the account belongs to a jail: it can ask the name services.
    JAIL_TRY(require_any_binding(account));
    client::Lease lease = JAIL_TRY(client::attach(account, "jailshell", "", ""));
    InstanceRecord record = JAIL_TRY(client::enter(lease));
    JAIL_TRY(credentials::become(record.uid, record.gid, record.groups));
    return Entered{std::move(lease), std::move(record)};
}

}  // namespace jail::jailshell
