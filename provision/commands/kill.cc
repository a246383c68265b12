// SPDX-License-Identifier: Apache-2.0
// Ends running jails at once: the administrator's answer to whatever an account runs.
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "libjail/policy/binding.h"
#include "provision/accounts/jailed_account.h"
#include "provision/accounts/running_instances.h"
#include "provision/accounts/running_jail.h"
#include "provision/base/problem.h"
#include "provision/commands/report.h"
#include "provision/host/account_processes.h"

namespace jail::provision {

namespace {

struct Ended {
    std::optional<EndedJail> jail;  // empty: it did not run
    std::size_t outside = 0;        // processes outside of the jail
};

// Whether it is in a jail now, not only earlier: then its processes do not belong on the host.
bool is_bound(std::uint32_t uid) {
    const auto account = name_service::account_of(uid);
    return uid != 0 && account && find_binding(account.value());
}

// The jail first, in one step; then other processes of the uid: of a session that was refused or broke off,
// or from before the account came into its jail.
Result<Ended> kill_account(const std::string& name) {
    const std::uint32_t uid = JAIL_TRY(find_jailed_account(name));
    Ended ended;
    auto jail = end_running_jail(uid, name);
    // Also after a failure of the first step: a supervisor that does not answer is a reason to kill.
    if (is_bound(uid)) ended.outside = JAIL_TRY(end_processes(uid, Whose::kAll));
    ended.jail = JAIL_TRY(std::move(jail));
    return ended;
}

nlohmann::json as_json(const std::string& name, const Ended& ended) {
    nlohmann::json row = {{"account", name}, {"ended", ended.jail.has_value()}, {"outside", ended.outside}};
    if (ended.jail && ended.jail->sessions) row["sessions"] = *ended.jail->sessions;
    if (ended.jail && ended.jail->processes) row["processes"] = *ended.jail->processes;
    return row;
}

void print(const std::string& name, const Ended& ended) {
    std::string line = name + (ended.jail ? ": ended its jail" : ": no jail runs");
    if (ended.jail && ended.jail->sessions && ended.jail->processes)
        line += ", sessions: " + std::to_string(*ended.jail->sessions) +
                ", processes: " + std::to_string(*ended.jail->processes);
    if (ended.outside != 0)
        line += ", processes outside of it that were ended: " + std::to_string(ended.outside);
    std::puts(line.c_str());
}

// Those that are named, and with a jail or all those that run, members of groups too.
std::vector<std::string> names_of(const Layout& layout, const KillOptions& options) {
    std::vector<std::string> names = options.accounts;
    if (options.jail.empty() && !options.all) return names;
    for (const RunningInstance& instance : running_instances(layout))
        if (options.all || instance.jail == options.jail) names.push_back(instance.account);
    return names;
}

}  // namespace

int kill_command(const Layout& layout, const CommonOptions& common, const KillOptions& options) {
    if (options.accounts.empty() && options.jail.empty() && !options.all)
        return fail(problem("nothing to end: name accounts, --jail JAIL or --all"));
    int status = 0;
    nlohmann::json rows = nlohmann::json::array();
    const std::vector<std::string> accounts = names_of(layout, options);
    if (accounts.empty() && !common.json) std::puts("no jail runs");
    for (const std::string& name : accounts) {
        const auto ended = kill_account(name);
        if (!ended)
            status = fail(ended.error());
        else if (common.json)
            rows.push_back(as_json(name, ended.value()));
        else
            print(name, ended.value());
    }
    if (common.json) print_json(rows);
    return status;
}

}  // namespace jail::provision
