// Which jail an account belongs to. Asked on the host, before anything of a jail is entered, at every login:
// what the name services say now counts, not what they said when the jail was built.
#pragma once

#include "libjail/manifest.h"
#include "libjail/name_service.h"
#include "libjail/result.h"

namespace jail {

// By the account's own record, else by those of the groups that it is in; the answer is of this uid and name.
// ENOENT: by neither. EPERM: a record's uid or gid now has another name, so the number was reused. EEXIST:
// its groups are in two jails, and nobody said which one is meant.
Result<AccountRecord> find_binding(const name_service::Account& account);

}  // namespace jail
