// SPDX-License-Identifier: Apache-2.0
// The result of one of the doctor's checks.
#pragma once

#include <string>
#include <vector>

namespace jail::provision {

enum class Health {
    kOk,
    kNote,     // for information, not a problem
    kProblem,  // in some case a jail does not confine, or a login is refused
    kBroken,   // logins fail now, or a jail does not confine at all
};

// "ok", "note", "problem", "broken"
const char* name_of(Health health);

struct Finding {
    std::string group;  // "doors", "accounts", "jails", "host"
    std::string code;   // stable: "pam.sshd.missing"
    Health health = Health::kOk;
    std::string subject;       // the service, the account, the jail; empty: the host
    std::string evidence;      // a sentence, with the file and line or the process
    std::string fix;           // one command, or empty
    std::string skipped = {};  // the reason why it does not count, by `skip` of the YAML; else empty
};
using Findings = std::vector<Finding>;

}  // namespace jail::provision
