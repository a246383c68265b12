// SPDX-License-Identifier: Apache-2.0
// The root directory of a session: PID 1 assembles it inside its own mount namespace, so its mounts never
// appear in the host's mount table. docs/design/root-directory.md shows the finished table.
#pragma once

#include <string>
#include <vector>

#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"
#include "supervisor/instance/plan.h"

namespace jail::supervisor {

// Mounts everything and returns the new root, attached and read-only, ready for mount::pivot_into(). `notes`
// gets a line for each part of `mounts:`, or mount below the home, that is left out of this instance: its
// source is gone, or an account can change it by now.
Result<FileDescriptor> assemble_root(const InstancePlan& plan, std::vector<std::string>& notes);

}  // namespace jail::supervisor
