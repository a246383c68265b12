// SPDX-License-Identifier: Apache-2.0
// The lines of a jail's YAML that would bring paths that are missing in it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "provision/config/policy.h"

namespace jail::provision {

struct Suggestion {
    std::vector<std::string> include, commands, files;
};

// By the fewest lines: bundles that have most of the files and no required command that the jail lacks;
// programs of PATH as commands; other paths themselves, directories only where nothing of theirs was looked
// for. `commands`: those that the jail has, and of the bundles that it has, `included`, nothing more is to be
// had.
Suggestion suggest(const std::set<std::string>& missing, const std::vector<const Bundle*>& bundles,
                   const std::set<std::string>& included, const std::set<std::string>& commands);

}  // namespace jail::provision
