// SPDX-License-Identifier: Apache-2.0
// Which jail an account belongs to. Asked on the host, before anything of a jail is entered, at every login:
// what the name services say now counts, not what they said when the jail was built.
#pragma once

#include "libjail/base/result.h"
#include "libjail/policy/manifest.h"
#include "libjail/policy/name_service.h"

namespace jail {

// By the account's own record, else by those of the groups that it is in, as the account's groups or the
// group's members have it; the answer is of this uid and name.
// ENOENT: by neither, and every bound group is known, so that no answer is missing. (Uids below 1000 are
// exempt from that check: root and the system accounts repair a host. Root is never in a jail.) EPERM: a
// record's uid or gid has another name by now or does not exist, or the uid has another name before this one.
// EAGAIN: a bound group cannot be looked up. EEXIST: its groups are in two jails, and no record decides
// between them.
Result<AccountRecord> find_binding(const name_service::Account& account);

}  // namespace jail
