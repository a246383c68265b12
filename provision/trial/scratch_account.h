// SPDX-License-Identifier: Apache-2.0
// A throw-away account in a jail that is published nowhere. All of it (its entry in /etc/passwd, its home,
// its record, the manifest, the run directory) is in the mount namespace of contained.h, and ends with it.
#pragma once

#include <sys/types.h>

#include <string>

#include "libjail/base/file_descriptor.h"
#include "libjail/policy/manifest.h"
#include "provision/base/layout.h"

namespace jail::provision {

struct ScratchAccount {
    std::string name, home;
    uid_t uid = 0;  // and gid
};

// The number of a trial, for as long as this lives: the smallest that no other trial has now. Control groups
// that a killed trial left are so taken over by the next.
struct TrialNumber {
    unsigned number = 0;
    FileDescriptor lock;
};
Result<TrialNumber> take_trial_number(const Layout& layout);

// Called within run_contained(). The tree of the manifest is on the disk. The instance ends with its session,
// sends no mail and no line to the host's log, and has neither hours nor a last day.
Result<ScratchAccount> make_scratch_account(const Layout& layout, Manifest manifest, unsigned number);

}  // namespace jail::provision
