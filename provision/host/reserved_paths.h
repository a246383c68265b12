// SPDX-License-Identifier: Apache-2.0
// Places that belong to the instance, not to the tree: it makes them for each account when it starts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace jail::provision {

// The reserved place that the path is or lies below, or empty.
std::string reserved_place(std::string_view path, const std::vector<std::string>& homes);

// The first of those places that the path is, or that lies below it; or empty.
std::string reserved_below(std::string_view path, const std::vector<std::string>& homes);

bool is_or_below(std::string_view path, std::string_view directory);

}  // namespace jail::provision
