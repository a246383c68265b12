// SPDX-License-Identifier: Apache-2.0
// The system calls that every jail is refused unless its YAML gives them back: the product's promise,
// whatever a manifest says.
#pragma once

#include <string>
#include <vector>

namespace jail::provision {

struct PromisedRefusal {
    std::string name;
    long number = 0;
    int code = 0;  // errno
};

// Those that are refused in every use. `allow`: names of groups and calls, as in `syscalls: {allow: ...}`.
std::vector<PromisedRefusal> promised_refusals(const std::vector<std::string>& allow, bool home_exec);

}  // namespace jail::provision
