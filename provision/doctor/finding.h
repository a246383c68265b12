// The result of one of the doctor's checks.
#pragma once

#include <string>
#include <vector>

namespace jail::provision {

enum class Health {
    kOk,
    kNote,     // to be known; nothing is wrong
    kProblem,  // a jail does not hold, or somebody will not be served, in some case
    kBroken,   // somebody cannot log in now, or nothing holds
};

struct Finding {
    std::string group;  // "doors", "accounts", "jails", "host"
    std::string code;   // stable: "pam.sshd.missing"
    Health health = Health::kOk;
    std::string subject;   // the service, the account, the jail; empty: the host
    std::string evidence;  // a sentence, with the file and line or the process
    std::string fix;       // one command; empty where there is none
};
using Findings = std::vector<Finding>;

}  // namespace jail::provision
