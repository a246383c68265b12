#include "jailshell/door.h"

#include "libjail/credentials.h"

namespace jailshell {

jail::Result<Entered> enter_jail(uid_t account) {
    // Root until become(): connecting to the supervisor's socket (0600), setns(2) and setgroups(2) need it.
    // Nothing of the account's (environment, working directory, files) is looked at before.
    // Whether the account belongs to a jail is the supervisor's to find out: it can ask the name services.
    jail::client::Lease lease = JAIL_TRY(jail::client::attach(account, "jailshell", "", ""));
    jail::InstanceRecord record = JAIL_TRY(jail::client::enter(lease));
    JAIL_TRY(jail::credentials::become(record.uid, record.gid, record.groups));
    return Entered{std::move(lease), std::move(record)};
}

}  // namespace jailshell
