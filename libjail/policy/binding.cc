// SPDX-License-Identifier: Apache-2.0
#include "libjail/policy/binding.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "libjail/policy/trusted_store.h"

namespace jail {
namespace {

// Below it: the system's own accounts (UID_MIN of login.defs(5)), by which a host is mended.
constexpr uid_t kFirstPersonalUid = 1000;

template <class List, class Item>
bool holds(const List& list, const Item& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

// The group of this record as it is now: the name services still know it, by this number and this name.
// Otherwise its members are unknown, and an account that is not found in it may be one.
Result<name_service::Group> find_group(const GroupRecord& record) {
    auto group = name_service::group_of(record.gid);
    if (!group)
        return refused(group.error().code() == ENOENT ? EPERM : EAGAIN,
                       "the members of the bound group " + record.group +
                           " cannot be known: " + group.error().message());
    if (group.value().name != record.group)
        return refused(
            EPERM, "the record of group " + record.group + " is not valid: its gid is now another group's");
    return group;
}

// A second name of the uid has groups of its own: a lookup by it would miss the groups of the first name. And
// an account that is not found at all may exist all the same: if libc cannot read a passwd file to its end,
// it reports the account as missing. Never ENOENT, which would mean that it is not in a jail.
Result<> require_first_name(const name_service::Account& account) {
    const auto first = name_service::account_of(account.uid);
    if (!first)
        return refused(EAGAIN,
                       "the jail of " + account.name + " cannot be known: " + first.error().message());
    if (first.value().name == account.name) return success();
    return refused(EPERM, "the jail of " + account.name + " cannot be known: its uid is also " +
                              first.value().name + "'s");
}

Result<AccountRecord> find_by_groups(const name_service::Account& account,
                                     const std::vector<std::uint32_t>& bound) {
    const bool personal = account.uid >= kFirstPersonalUid;
    if (personal) JAIL_TRY(require_first_name(account));
    const std::vector<gid_t> own = JAIL_TRY(name_service::groups_of(account.name, account.gid));
    std::optional<GroupRecord> found;
    for (const std::uint32_t gid : bound) {
        const bool listed = holds(own, gid);
        auto record = load_group(gid);
        if (!record && record.error().code() == ENOENT) continue;  // unbound this very moment
        const auto group = record ? find_group(record.value()) : Result<name_service::Group>(record.error());
        if (!group && (listed || personal)) return group.error();
        if (!group || (!listed && !holds(group.value().members, account.name))) continue;
        if (found && found->jail != record.value().jail)
            return refused(EEXIST, "the groups " + found->group + " and " + record.value().group + " of " +
                                       account.name + " are bound to different jails");
        found = std::move(record).value();
    }
    if (!found) return refused(ENOENT, account.name + " is in no jail");
    AccountRecord binding{account.name, account.uid, found->jail};
    JAIL_TRY(validate(binding));
    return binding;
}

}  // namespace

Result<AccountRecord> find_binding(const name_service::Account& account) {
    Result<AccountRecord> own = load_account(account.uid);
    if (own && own.value().account != account.name)
        return refused(EPERM, "the record of " + own.value().account +
                                  " is not valid: its uid is now another account's");
    if (own || own.error().code() != ENOENT || account.uid == 0) return own;
    // Most hosts bind no group: then no account's groups need to be looked up, which can take a directory
    // server a while.
    const auto bound = bound_groups();
    if (!bound) return account.uid >= kFirstPersonalUid ? bound.error() : own.error();
    return bound.value().empty() ? std::move(own) : find_by_groups(account, bound.value());
}

}  // namespace jail
