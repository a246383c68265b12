// Whether logins can do what `mounts:` says: by the rule that a login applies (libjail/mount_source.h), and
// by what a mount would hide. Nothing passes here and fails there, unless somebody changed it since.
#pragma once

#include "provision/checked_policy.h"
#include "provision/diagnostics.h"
#include "provision/host_files.h"
#include "provision/layout.h"
#include "provision/tree_plan.h"

namespace jail::provision {

// `plan` is complete, mount points included. Mount points that are impossible were reported before.
void check_mounts(const Layout& layout, const CheckedPolicy& checked, const TreePlan& plan, HostFiles& files,
                  Diagnostics& diagnostics);

}  // namespace jail::provision
