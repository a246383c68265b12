// SPDX-License-Identifier: Apache-2.0
#include "provision/accounts/account_end.h"

#include <cstdint>

#include "libjail/policy/binding.h"
#include "libjail/policy/name_service.h"
#include "provision/accounts/jailed_account.h"
#include "provision/host/account_processes.h"

namespace jail::provision {

namespace {

// Whether it is in a jail now, not only earlier: then its processes do not belong on the host.
bool is_bound(std::uint32_t uid) {
    const auto account = name_service::account_of(uid);
    return uid != 0 && account && find_binding(account.value());
}

}  // namespace

Result<EndedAccount> end_account(const std::string& name) {
    const std::uint32_t uid = JAIL_TRY(find_jailed_account(name));
    EndedAccount ended;
    auto jail = end_running_jail(uid, name);
    // Also after a failure of the first step: a supervisor that does not answer is a reason to kill.
    if (is_bound(uid)) ended.outside = JAIL_TRY(end_processes(uid, Whose::kAll));
    ended.jail = JAIL_TRY(std::move(jail));
    return ended;
}

std::string words_of(const std::string& name, const EndedAccount& ended) {
    std::string line = name + (ended.jail ? ": ended its jail" : ": no jail runs");
    if (ended.jail && ended.jail->sessions && ended.jail->processes)
        line += ", sessions: " + std::to_string(*ended.jail->sessions) +
                ", processes: " + std::to_string(*ended.jail->processes);
    if (ended.outside != 0)
        line += ", processes outside of it that were ended: " + std::to_string(ended.outside);
    return line;
}

}  // namespace jail::provision
