// SPDX-License-Identifier: Apache-2.0
#include "provision/syscalls/syscall_names.h"

#include <seccomp.h>

#include <algorithm>
#include <cstdlib>

#include "provision/base/nearest_name.h"
#include "provision/syscalls/syscall_groups.h"

namespace jail::provision {

namespace {

constexpr int kEndOfNumbers = 1024;  // of the kernel's table, with room

const RefusedGroup* group_that_holds(const std::string& name) {
    const RefusedGroup* group = find_refused_group(name);
    return group ? group : group_of_call(name);
}

bool exists(const std::string& call) {
    return group_of_call(call) || seccomp_syscall_resolve_name(call.c_str()) != __NR_SCMP_ERROR;
}

bool is_vital(const std::string& call) {
    const auto vital = calls_of_every_session();
    return std::find(vital.begin(), vital.end(), call) != vital.end();
}

std::vector<std::string> deniable_names() {
    std::vector<std::string> names;
    for (const RefusedGroup& group : refused_groups()) {
        names.emplace_back(group.name);
        for (const RefusedCall& call : group.calls) names.emplace_back(call.name);
    }
    for (int number = 0; number < kEndOfNumbers; ++number)
        if (char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number)) {
            names.emplace_back(name);
            std::free(name);
        }
    return names;
}

std::string reason(const RefusedGroup& group, const std::string& call) {
    for (const RefusedCall& refused : group.calls)
        if (call == refused.name) return std::string(": ") + refused.why;
    return "; see jail.yaml(5)";
}

void check_allowed(const Located<std::string>& name, Diagnostics& diagnostics) {
    const RefusedGroup* group = group_that_holds(name.value);
    if (!group) {
        diagnostics.add(name.at,
                        "found '" + name.value +
                            "', expected a group of system calls, or one that jails are refused; see "
                            "jail.yaml(5)" +
                            did_you_mean(name.value, allowable_names()));
    } else if (group->when == Refused::kAlways) {
        diagnostics.add(
            name.at, "found '" + name.value + "', which no jail can be given" + reason(*group, name.value));
    }
}

void check_denied(const Located<std::string>& name, Diagnostics& diagnostics) {
    if (name.value == kDefaultGroups || find_refused_group(name.value)) return;
    if (!exists(name.value))
        diagnostics.add(name.at,
                        "found '" + name.value +
                            "', expected a group of system calls, or a system call; see jail.yaml(5)" +
                            did_you_mean(name.value, deniable_names()));
    else if (is_vital(name.value))
        diagnostics.add(name.at,
                        "found '" + name.value + "', without which no session can be; expected another call");
}

}  // namespace

std::vector<std::string> allowable_names() {
    std::vector<std::string> names;
    for (const RefusedGroup& group : refused_groups()) {
        if (group.when == Refused::kAlways) continue;
        names.emplace_back(group.name);
        for (const RefusedCall& call : group.calls)
            if (std::find(names.begin(), names.end(), call.name) == names.end())
                names.emplace_back(call.name);
    }
    return names;
}

void check_syscall_names(const std::vector<Located<std::string>>& allow,
                         const std::vector<Located<std::string>>& deny, Diagnostics& diagnostics) {
    for (const Located<std::string>& name : allow) check_allowed(name, diagnostics);
    for (const Located<std::string>& name : deny) {
        check_denied(name, diagnostics);
        const auto same = [&](const Located<std::string>& other) { return other.value == name.value; };
        if (const auto other = std::find_if(allow.begin(), allow.end(), same); other != allow.end())
            diagnostics.add(name.at, "conflict: '" + name.value + "' is in deny here, and in allow at " +
                                         to_string(other->at));
    }
}

}  // namespace jail::provision
