#include "jailshell/door.h"

#include "libjail/credentials.h"
#include "libjail/trusted_store.h"

namespace jailshell {

namespace {

// Whoever is certainly in no jail has nothing started for him, as root, however often he asks.
jail::Result<> require_any_binding(uid_t account) {
    const auto own = jail::load_account(account);
    if (own || own.error().code() != ENOENT) return jail::success();
    if (!JAIL_TRY(jail::bound_groups()).empty()) return jail::success();
    return own.error();
}

}  // namespace

jail::Result<Entered> enter_jail(uid_t account) {
    // Root until become(): connecting to the supervisor's socket (0600), setns(2) and setgroups(2) need it.
    // Nothing of the account's (environment, working directory, files) is looked at before.
    // Whether the account belongs to a jail is the supervisor's to find out: it can ask the name services.
    JAIL_TRY(require_any_binding(account));
    jail::client::Lease lease = JAIL_TRY(jail::client::attach(account, "jailshell", "", ""));
    jail::InstanceRecord record = JAIL_TRY(jail::client::enter(lease));
    JAIL_TRY(jail::credentials::become(record.uid, record.gid, record.groups));
    return Entered{std::move(lease), std::move(record)};
}

}  // namespace jailshell
