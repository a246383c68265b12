#include "libjail/binding.h"

#include <dirent.h>

#include <optional>

#include "libjail/paths.h"
#include "libjail/trusted_store.h"

namespace jail {
namespace {

// Most hosts bind no group: then no account's groups need to be looked up, which can take a directory server
// a while.
bool any_group_bound() {
    const std::string path = std::string(paths::kStateDir) + "/groups";
    DIR* directory = ::opendir(path.c_str());
    // Unreadable is not empty: the records themselves are then asked for, and that fails loudly.
    if (directory == nullptr) return errno != ENOENT;
    bool any = false;
    while (const dirent* entry = ::readdir(directory)) any = any || entry->d_name[0] != '.';
    (void)::closedir(directory);
    return any;
}

// The jail of this group. Empty: it has none.
Result<std::optional<GroupRecord>> find_group(gid_t gid) {
    Result<GroupRecord> record = load_group(gid);
    if (!record && record.error().code() == ENOENT) return std::optional<GroupRecord>();
    if (!record) return std::move(record).error();
    const auto name = JAIL_TRY(name_service::group_name(gid));
    if (name != record.value().group)
        return Error(EPERM, "trust the record of group",
                     record.value().group + " (its gid is now another group's)");
    return std::optional(std::move(record).value());
}

Result<AccountRecord> find_by_groups(const name_service::Account& account) {
    std::optional<GroupRecord> found;
    for (const gid_t gid : JAIL_TRY(name_service::groups_of(account.name, account.gid))) {
        if (gid == 0) continue;
        std::optional<GroupRecord> record = JAIL_TRY(find_group(gid));
        if (!record) continue;
        if (found && found->jail != record->jail)
            return Error(EEXIST, "choose a jail,",
                         "the groups " + found->group + " and " + record->group + " are in two");
        found = std::move(record);
    }
    if (!found) return Error(ENOENT, "find the jail of", account.name);
    AccountRecord binding{account.name, account.uid, found->jail};
    JAIL_TRY(validate(binding));
    return binding;
}

}  // namespace

Result<AccountRecord> find_binding(const name_service::Account& account) {
    Result<AccountRecord> own = load_account(account.uid);
    if (own && own.value().account != account.name)
        return Error(EPERM, "trust the record of",
                     own.value().account + " (its uid is now another account's)");
    if (own || own.error().code() != ENOENT || !any_group_bound()) return own;
    return find_by_groups(account);
}

}  // namespace jail
