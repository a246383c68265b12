// SPDX-License-Identifier: Apache-2.0
// A summary of a built tree, read from the tree itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace jail::provision {

struct TreeSummary {
    std::size_t files = 0;
    std::uint64_t bytes = 0;
    std::vector<std::string> commands;  // names of the programs in its PATH
};

TreeSummary summarise_tree(const std::string& directory);

}  // namespace jail::provision
