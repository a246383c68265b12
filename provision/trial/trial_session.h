// SPDX-License-Identifier: Apache-2.0
// One command in an instance of the throw-away account, and the paths that it looked for in vain although the
// host has them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "provision/trial/scratch_account.h"

namespace jail::provision {

struct Trial {
    int wait_status = 0;             // of the command, wait(2)
    std::set<std::string> missing;   // files and directories
    std::set<std::string> programs;  // of these, those that it wanted to execute
    bool incomplete = false;         // there were more
};

// Standard output and error are the command's, through pipes: no terminal of the host is in the jail. Its
// standard input is ours, or /dev/null where that is a terminal. Returns when the instance has ended.
// `shell`: the command is one line of the jail's shell, as `ssh host LINE`; without, a program with its
// arguments.
// `output`: where what it writes to standard output goes.
Result<Trial> run_trial(const ScratchAccount& account, int output, bool shell,
                        const std::vector<std::string>& command);

}  // namespace jail::provision
