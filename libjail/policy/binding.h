// Which jail an account belongs to. Asked on the host, before anything of a jail is entered, at every login:
// what the name services say now counts, not what they said when the jail was built.
#pragma once

#include "libjail/base/result.h"
#include "libjail/policy/manifest.h"
#include "libjail/policy/name_service.h"

namespace jail {

// By the account's own record, else by those of the groups that it is in, as the account's groups or the
// group's members have it; the answer is of this uid and name.
// ENOENT: by neither, and every bound group is known, so that it is not for want of an answer. (A uid below
// 1000 is let off that: root and the system's own accounts are what a host is mended by. Root is in no jail.)
// EPERM: a record's uid or gid now has another name or none, or the uid has another name before this one.
// EAGAIN: a bound group cannot be looked up. EEXIST: its groups are in two jails, and nobody said which one
// is meant.
Result<AccountRecord> find_binding(const name_service::Account& account);

}  // namespace jail
