// SPDX-License-Identifier: Apache-2.0
// The one place that sees both the policy and the manifest: what the YAML meant, as the login path reads it.
#pragma once

#include <string>

#include "libjail/policy/manifest.h"
#include "provision/config/checked_policy.h"
#include "provision/tree/tree_plan.h"

namespace jail::provision {

// Everything but the generation, which the publisher counts, and the tree's id, which the builder computes.
// Contradictions between policy and tree (a shell that the tree lacks) are reported.
Result<Manifest> compile(const CheckedPolicy& checked, const TreePlan& plan, Diagnostics& diagnostics);

// Where a path leads inside the planned tree, symlinks followed; empty if it does not exist there.
std::string resolve_in_plan(const TreePlan& plan, const std::string& path);

}  // namespace jail::provision
