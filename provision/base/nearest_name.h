// SPDX-License-Identifier: Apache-2.0
// "did you mean": the known name that a mistyped one most likely stands for.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace jail::provision {

// Edits (insert, delete, replace, swap of neighbours) that turn one name into the other.
unsigned edit_distance(std::string_view a, std::string_view b);

// The nearest of `known` if it is near enough to be meant (a third of the name, at least 1), else empty.
std::string nearest_name(std::string_view name, std::span<const std::string> known);

// ", did you mean 'x'?" or empty.
std::string did_you_mean(std::string_view name, std::span<const std::string> known);

}  // namespace jail::provision
