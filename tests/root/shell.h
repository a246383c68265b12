// SPDX-License-Identifier: Apache-2.0
// Commands as an administrator types them, and what they did to the host.
#pragma once

#include <string>

namespace jail::testing {

struct Ran {
    int status = 0;
    std::string output;  // both streams
};

Ran sh(const std::string& command);

std::string read_file(const std::string& path);

// Every path below the state directory with its size: two equal listings are the same state. The lock and the
// index of sources are not state.
std::string state();

std::string shell_of(const std::string& account);

}  // namespace jail::testing
