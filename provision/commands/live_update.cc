// SPDX-License-Identifier: Apache-2.0
#include "provision/commands/live_update.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/accounts/live_limits.h"
#include "provision/accounts/running_instances.h"
#include "provision/base/problem.h"
#include "provision/commands/report.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

void print(const CommonOptions& common, const RunningInstance& instance, const Manifest& newest) {
    const std::string sessions = count_of(instance.sessions.size(), "session");
    std::printf(
        "%s: %s the limits of generation %llu; the rest is still that of generation %llu (%s), until "
        "jail-provision kill %s\n",
        instance.account.c_str(), common.dry_run ? "would get" : "has",
        static_cast<unsigned long long>(newest.generation),
        static_cast<unsigned long long>(instance.generation), sessions.c_str(), instance.account.c_str());
}

}  // namespace

int update_running(const Layout& layout, const CommonOptions& common, const std::string& jail,
                   nlohmann::json& rows) {
    const auto newest = find_published(layout, jail);
    if (!newest) return fail(newest.error());
    int status = 0;
    for (const RunningInstance& instance : running_instances(layout)) {
        const bool is_older = instance.jail == jail && instance.generation != newest.value().generation;
        if (!is_older) continue;
        if (!common.dry_run)
            if (const Result<> set = set_limits(layout, instance, newest.value().limits); !set) {
                status = fail(in_context(instance.account + ": not all of its limits are new:", set.error()));
                continue;
            }
        rows.push_back({{"account", instance.account},
                        {"sessions", instance.sessions.size()},
                        {"generation", instance.generation},
                        {"limits_of_generation", newest.value().generation}});
        if (!common.json) print(common, instance, newest.value());
    }
    return status;
}

}  // namespace jail::provision
