// SPDX-License-Identifier: Apache-2.0
// The parts of a path, by its text alone.
#pragma once

#include <string>
#include <string_view>

namespace jail {

// Up to the last slash: "/" for what lies directly below it, and for a name without a slash.
std::string parent_of(std::string_view path);

// After the last slash.
std::string base_of(std::string_view path);

}  // namespace jail
