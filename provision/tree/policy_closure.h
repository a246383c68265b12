// SPDX-License-Identifier: Apache-2.0
// A whole policy into a Closure: the step that knows both what was written and what the host has.
#pragma once

#include "provision/base/layout.h"
#include "provision/config/checked_policy.h"
#include "provision/tree/closure.h"

namespace jail::provision {

// Adds everything that the policy names; problems are reported where they were written.
void add_policy(const Layout& layout, const CheckedPolicy& checked, Closure& closure,
                Diagnostics& diagnostics);

}  // namespace jail::provision
