// SPDX-License-Identifier: Apache-2.0
// jail-provision's arguments.
#pragma once

#include "provision/base/layout.h"

namespace jail::provision {

// Parses and runs. 0: done; 1: an error; 2: `apply` changed something; 64: wrong usage.
int run_command_line(const Layout& layout, int argc, char** argv);

}  // namespace jail::provision
