// SPDX-License-Identifier: Apache-2.0
// Part of the probe: what each use of a system call that the filter looks at answers, a name and an errno a
// line.
#pragma once

#include <string>
#include <vector>

namespace probe {

int answers_of_system_calls(const std::vector<std::string>&);

}  // namespace probe
