// SPDX-License-Identifier: Apache-2.0
// The system calls that can fail on a host that is short of something, or that forbids something, and how.
#pragma once

#include <vector>

namespace jail::testing {

struct Fallible {
    long number;
    const char* name;
    int path;         // index of the path argument (0, 1), or -1
    bool descriptor;  // the first argument is a descriptor
    std::vector<int> errors;
};

// Null: a call that does not fail (getpid(2)), that has no effect when it fails (close(2)), or that is not in
// the table.
const Fallible* find_fallible(long number);

}  // namespace jail::testing
