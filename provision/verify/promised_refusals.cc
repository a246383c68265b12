// SPDX-License-Identifier: Apache-2.0
#include "provision/verify/promised_refusals.h"

#include <seccomp.h>

#include <algorithm>

#include "provision/syscalls/syscall_groups.h"

namespace jail::provision {

namespace {

bool contains(const std::vector<std::string>& names, const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_promised(const RefusedGroup& group, const RefusedCall& call, const std::vector<std::string>& allow,
                 bool home_exec) {
    if (call.use != nullptr) return false;
    if (group.when == Refused::kAlways) return true;
    if (contains(allow, call.name) || contains(allow, group.name)) return false;
    return group.when == Refused::kUnlessAllowed || (group.when == Refused::kWithoutExec && !home_exec);
}

}  // namespace

std::vector<PromisedRefusal> promised_refusals(const std::vector<std::string>& allow, bool home_exec) {
    std::vector<PromisedRefusal> promised;
    for (const RefusedGroup& group : refused_groups())
        for (const RefusedCall& call : group.calls) {
            const int known = seccomp_syscall_resolve_name(call.name);
            const int number = known == __NR_SCMP_ERROR ? call.number : known;
            if (number >= 0 && is_promised(group, call, allow, home_exec))
                promised.push_back({call.name, number, call.code});
        }
    return promised;
}

}  // namespace jail::provision
