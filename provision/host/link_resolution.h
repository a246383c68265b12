// SPDX-License-Identifier: Apache-2.0
// Where a path leads through symlinks that are data, not files: those of a planned tree or of an inventory.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace jail::provision {

struct ResolvedPath {
    std::string path;                // without symlinks; empty after 40 of them, as the kernel has it
    std::vector<std::string> links;  // that were followed, in their order
};

// `target_of` returns the target of a path that is a symlink. The caller looks up whether the result exists;
// ".." never leads above "/".
ResolvedPath resolve_links(const std::string& path,
                           const std::function<std::optional<std::string>(const std::string&)>& target_of);

}  // namespace jail::provision
