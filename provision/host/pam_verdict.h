// SPDX-License-Identifier: Apache-2.0
// Whether a stack of PAM's confines: whether each way through it that admits an account leads through
// pam_jail.
#pragma once

#include <string>
#include <vector>

#include "provision/host/pam_stack.h"

namespace jail::provision::pam {

enum class Fault {
    kMissing,  // pam_jail is not in it
    kControl,  // its refusal is not the stack's
    kSkipped,  // an entry before it ends the stack, or jumps over it
    kOrder,    // an entry stands after it: of session stacks only, where that would run inside the jail
    kUnclear,  // versions of libpam read a line differently: what is said of the others may not be all
};

struct Finding {
    Fault fault = Fault::kMissing;
    std::string at;     // "/etc/pam.d/su:12", of the entry that is at fault; empty with kMissing
    std::string entry;  // "sufficient pam_x.so"; empty with kMissing and kUnclear
};

struct Verdict {
    std::vector<Finding> findings;  // empty: it confines, or refuses every login
    bool has_jail = false;          // pam_jail is in it
};

// Every module but pam_permit and pam_deny may give any answer.
Verdict judge(const Stack& stack, Phase phase);

}  // namespace jail::provision::pam
