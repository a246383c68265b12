// The system calls that can fail on a host that is short of something, or that forbids something, and how.
#pragma once

#include <vector>

namespace jail::testing {

struct Fallible {
    long number;
    const char* name;
    int path;         // which argument (0, 1) is a path; -1: none
    bool descriptor;  // the first argument is a descriptor
    std::vector<int> errors;
};

// Null: one that does not fail (getpid(2)), whose failure changes nothing (close(2)), or that is none of the
// table's.
const Fallible* find_fallible(long number);

}  // namespace jail::testing
