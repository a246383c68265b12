// SPDX-License-Identifier: Apache-2.0
// Remarks of `check` on a policy without errors: it can be built, but does less than its author may believe.
#pragma once

#include "libjail/policy/manifest.h"
#include "provision/base/diagnostics.h"
#include "provision/config/checked_policy.h"
#include "provision/host/host_files.h"
#include "provision/tree/tree_plan.h"

namespace jail::provision {

// Accounts that do not exist, setuid commands, a shell without sftp that nobody decided
// on.
void note_policy(const CheckedPolicy& checked, const TreePlan& plan, const Manifest& manifest,
                 HostFiles& files, Diagnostics& diagnostics);

}  // namespace jail::provision
