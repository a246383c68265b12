// SPDX-License-Identifier: Apache-2.0
// How often a door that an account can execute, setuid jailshell, may record that it refused the account: a
// refused account may not have a supervisor that counts.
#pragma once

#include <sys/types.h>

namespace jail {

// Whether one more denial of this uid may go to the audit log: 12 a minute. Counts it, in
// <run>/rates/<uid>.denials, by which the bound is the same for all processes. Needs root's rights. False
// where that cannot be told.
bool may_record_denial(uid_t uid);

}  // namespace jail
