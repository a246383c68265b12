// SPDX-License-Identifier: Apache-2.0
// The command line of jail-info(1).
#pragma once

#include "libjail/base/result.h"

namespace jail::jailshell {

struct InfoOptions {
    bool help = false;
    bool json = false;
    bool brief = false;   // some lines, for the beginning of a session
    bool allowed = true;  // what the account may do
    bool limits = true;   // what is used and left
};

// EINVAL and a sentence for anything else than the manual's.
Result<InfoOptions> parse_info_options(int argc, const char* const* argv);

extern const char kInfoHelp[];

}  // namespace jail::jailshell
