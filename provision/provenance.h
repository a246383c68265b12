// Which command, bundle or file brought each entry of a tree: <state>/provenance/<tree>.json. Kept beside the
// tree, not in it: accounts need not read it.
#pragma once

#include <string>

#include "libjail/result.h"
#include "provision/layout.h"
#include "provision/tree_plan.h"

namespace jail::provision {

Result<> save_provenance(const Layout& layout, const std::string& tree, const TreePlan& plan);

}  // namespace jail::provision
