// SPDX-License-Identifier: Apache-2.0
// Whether logins can do what `mounts:` says: by the rule that a login applies
// (libjail/confine/mount_source.h), and by the places that a mount would hide. A mount that passes here does
// not fail there, unless it was changed since.
#pragma once

#include "provision/base/diagnostics.h"
#include "provision/base/layout.h"
#include "provision/config/checked_policy.h"
#include "provision/host/host_files.h"
#include "provision/tree/tree_plan.h"

namespace jail::provision {

// `plan` is complete, mount points included. Mount points that are impossible were reported before.
void check_mounts(const Layout& layout, const CheckedPolicy& checked, const TreePlan& plan, HostFiles& files,
                  Diagnostics& diagnostics);

}  // namespace jail::provision
