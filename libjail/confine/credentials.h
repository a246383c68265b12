// SPDX-License-Identifier: Apache-2.0
// The privileges of a process: ids, the five capability sets, no_new_privs (capabilities(7), prctl(2)). Every
// change is read back; a change that did not take is an error, never a warning.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "libjail/base/result.h"

namespace jail::credentials {

// Whatever is executed from here on never has a capability: empties the bounding, ambient and inheritable
// sets and sets no_new_privs. The caller keeps its own permitted and effective sets, which sshd's monitor
// still needs to become the account.
Result<> forbid_privilege();

// Keeps of its own capabilities, permitted and effective, only those of the bits (1 << CAP_...). A program
// that it executes as root has those of the bounding set.
Result<> keep_capabilities(std::uint64_t bits);

// Becomes the account for good: supplementary groups, real, effective, saved and file-system ids, all
// capability sets empty. Needs CAP_SETUID and CAP_SETGID; afterwards there is no way back. It will have
// exactly `groups`.
Result<> become(uid_t uid, gid_t gid, const std::vector<std::uint32_t>& groups);

// The calling process's supplementary groups and its real one.
Result<std::vector<gid_t>> groups();

// For a process that has just become root of a user namespace, and has every capability there: takes all of
// them from it and from the programs that it executes, root or not. EPERM, with the reason, if one is left.
Result<> renounce_capabilities();

// EPERM, with the reason, unless this process is the account without any privilege: all ids `uid` and not 0,
// all five capability sets empty, no_new_privs on.
Result<> verify_confined(uid_t uid);

}  // namespace jail::credentials
