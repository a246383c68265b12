// SPDX-License-Identifier: Apache-2.0
// Which Debian package has a command or a file, for the message that says how to get it.
#pragma once

#include <string_view>

namespace jail::provision {

// Empty for what no shipped bundle names.
std::string_view package_of(std::string_view wanted);

}  // namespace jail::provision
