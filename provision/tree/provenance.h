// SPDX-License-Identifier: Apache-2.0
// Which command, bundle or file brought each entry of a generation: <state>/provenance/<jail>/<generation>.
// Two jails can share a tree and have different reasons for its entries.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "libjail/base/result.h"
#include "provision/base/layout.h"
#include "provision/tree/tree_plan.h"

namespace jail::provision {

struct Origin {
    std::string source;                  // of a file: the host's; empty: not copied from the host
    std::vector<std::string> needed_by;  // as in TreeEntry
};

using Provenance = std::map<std::string, Origin>;  // by path in the tree

Result<> save_provenance(const Layout& layout, const std::string& jail, std::uint64_t generation,
                         const TreePlan& plan);
Result<Provenance> load_provenance(const Layout& layout, const std::string& jail, std::uint64_t generation);
void remove_provenance(const Layout& layout, const std::string& jail, std::uint64_t generation);

}  // namespace jail::provision
