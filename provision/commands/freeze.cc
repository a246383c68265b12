// SPDX-License-Identifier: Apache-2.0
// Stops running jails, and lets them go on: to look at what an account does before anything of it is lost.
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/accounts/freezer.h"
#include "provision/accounts/running_instances.h"
#include "provision/base/problem.h"
#include "provision/commands/report.h"

namespace jail::provision {

namespace {

bool is_named(const RunningInstance& instance, const KillOptions& options) {
    const auto& names = options.accounts;
    return options.all || instance.jail == options.jail ||
           std::find(names.begin(), names.end(), instance.account) != names.end();
}

struct Words {
    const char* done;
    const char* already;
};

template <class Act>
int for_each_named(const Layout& layout, const CommonOptions& common, const KillOptions& options, bool frozen,
                   const Words& words, Act act) {
    if (options.accounts.empty() && options.jail.empty() && !options.all)
        return fail(problem("nothing to do: name accounts, --jail JAIL or --all"));
    int status = 0;
    std::vector<std::string> missing = options.accounts;
    nlohmann::json rows = nlohmann::json::array();
    for (const RunningInstance& instance : running_instances(layout)) {
        if (!is_named(instance, options)) continue;
        std::erase(missing, instance.account);
        const bool is_so = is_frozen(layout, instance) == frozen;
        const Result<> acted = is_so ? success() : act(layout, instance);
        if (!acted) {
            status = fail(in_context(instance.account, acted.error()));
            continue;
        }
        rows.push_back({{"account", instance.account}, {"frozen", frozen}, {"changed", !is_so}});
        if (!common.json)
            std::printf("%s: %s\n", instance.account.c_str(), is_so ? words.already : words.done);
    }
    for (const std::string& name : missing) status = fail(problem(name + ": no jail runs"));
    if (common.json)
        print_json(rows);
    else if (rows.empty() && status == 0)
        std::puts("no jail runs");
    return status;
}

}  // namespace

int freeze_command(const Layout& layout, const CommonOptions& common, const KillOptions& options) {
    return for_each_named(layout, common, options, true,
                          {"frozen; jail-provision thaw lets it go on", "is frozen already"}, freeze);
}

int thaw_command(const Layout& layout, const CommonOptions& common, const KillOptions& options) {
    return for_each_named(layout, common, options, false, {"goes on", "is not frozen"}, thaw);
}

}  // namespace jail::provision
