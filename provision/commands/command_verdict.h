// SPDX-License-Identifier: Apache-2.0
// explain ACCOUNT -- COMMAND: whether an account may run a command line, and which line of the YAML says so.
#pragma once

#include <string>
#include <vector>

#include "provision/commands/commands.h"

namespace jail::provision {

// 0: the account may; 1: it may not, or that cannot be told. Nothing is run.
int explain_command_line(const Layout& layout, const CommonOptions& common, const std::string& account,
                         const std::vector<std::string>& words);

}  // namespace jail::provision
