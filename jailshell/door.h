// SPDX-License-Identifier: Apache-2.0
// From the host into the jail: jailshell as a door of its own, for logins that no pam_jail served. This is
// the only part that runs with root's rights, which it has from the setuid bit.
#pragma once

#include <sys/types.h>

#include "libjail/base/result.h"
#include "libjail/policy/manifest.h"
#include "libjail/session/client.h"

namespace jail::jailshell {

struct Entered {
    client::Lease lease;  // keep it as long as the session lasts
    InstanceRecord record;
};

// Attaches to the instance of `account`, the real uid, joins it and becomes the account for good. Children
// are inside; this process sees the jail's root directory, but stays in the host's pid namespace until it
// ends.
Result<Entered> enter_jail(uid_t account);

}  // namespace jail::jailshell
