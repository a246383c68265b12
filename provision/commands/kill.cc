// SPDX-License-Identifier: Apache-2.0
// Ends running jails at once: the administrator's answer to whatever an account runs.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/accounts/account_end.h"
#include "provision/accounts/running_instances.h"
#include "provision/base/problem.h"
#include "provision/commands/report.h"

namespace jail::provision {

namespace {

nlohmann::json as_json(const std::string& name, const EndedAccount& ended) {
    nlohmann::json row = {{"account", name}, {"ended", ended.jail.has_value()}, {"outside", ended.outside}};
    if (ended.jail && ended.jail->sessions) row["sessions"] = *ended.jail->sessions;
    if (ended.jail && ended.jail->processes) row["processes"] = *ended.jail->processes;
    return row;
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
        const auto ended = end_account(name);
        if (!ended)
            status = fail(ended.error());
        else if (common.json)
            rows.push_back(as_json(name, ended.value()));
        else
            std::puts(words_of(name, ended.value()).c_str());
    }
    if (common.json) print_json(rows);
    return status;
}

}  // namespace jail::provision
