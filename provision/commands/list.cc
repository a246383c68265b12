// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "libjail/policy/login_times.h"
#include "provision/accounts/account_locks.h"
#include "provision/accounts/account_records.h"
#include "provision/accounts/group_records.h"
#include "provision/accounts/instance_state.h"
#include "provision/base/log.h"
#include "provision/commands/report.h"
#include "provision/config/keys.h"
#include "provision/host/selection.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

// Thousands of accounts are in a few jails, each of whose manifests is read once.
class Manifests {
public:
    explicit Manifests(const Layout& layout) : layout_(layout) {}
    const Result<Manifest>& of(const std::string& jail) {
        auto known = read_.find(jail);
        if (known == read_.end()) known = read_.emplace(jail, published_manifest(layout_, jail)).first;
        return known->second;
    }

private:
    const Layout& layout_;
    std::map<std::string, Result<Manifest>> read_;
};

nlohmann::json as_json(const Layout& layout, const AccountRecord& record, const Result<Manifest>& manifest) {
    nlohmann::json row = {{"account", record.account},
                          {"uid", record.uid},
                          {"jail", record.jail},
                          {"running", instance_runs(layout, record.uid)}};
    row["generation"] = manifest ? nlohmann::json(manifest.value().generation) : nlohmann::json();
    row["locked"] = is_locked(layout, record.uid);
    const bool expires = manifest && manifest.value().expires_at != 0;
    row["expires"] =
        expires ? nlohmann::json(*word_of(find_policy_key("expires")->kind, manifest.value().expires_at))
                : nlohmann::json();
    row["expired"] = manifest && has_expired(manifest.value(), ::time(nullptr));
    return row;
}

nlohmann::json as_json(const GroupRecord& record, const Result<Manifest>& manifest) {
    nlohmann::json row = {{"group", record.group}, {"gid", record.gid}, {"jail", record.jail}};
    row["generation"] = manifest ? nlohmann::json(manifest.value().generation) : nlohmann::json();
    return row;
}

void print(const nlohmann::json& rows) {
    std::printf("%-20s %10s  %-20s %10s  %s\n", "ACCOUNT", "UID", "JAIL", "GENERATION", "RUNNING");
    for (const nlohmann::json& row : rows) {
        const std::string generation = row["generation"].is_null() ? "none" : row["generation"].dump();
        const bool group = row.contains("group");
        const std::string who =
            group ? "@" + row["group"].get<std::string>() : row["account"].get<std::string>();
        const std::string uid = group ? "-" : row["uid"].dump();
        const char* running = group                        ? "-"
                              : row["locked"].get<bool>()  ? "LOCKED"
                              : row["expired"].get<bool>() ? "EXPIRED"
                              : row["running"].get<bool>() ? "yes"
                                                           : "no";
        std::printf("%-20s %10s  %-20s %10s  %s\n", who.c_str(), uid.c_str(),
                    row["jail"].get<std::string>().c_str(), generation.c_str(), running);
    }
}

}  // namespace

int list_command(const Layout& layout, const CommonOptions& common, const std::string& name) {
    const Result<Selection> selection = Selection::of(name);
    if (!selection) return fail(selection.error());
    std::vector<std::string> damaged;
    nlohmann::json rows = nlohmann::json::array();
    Manifests manifests(layout);
    for (const AccountRecord& record : all_records(layout, damaged)) {
        if (!selection.value().has(record.account, record.jail)) continue;
        rows.push_back(as_json(layout, record, manifests.of(record.jail)));
        // A file more for each of ten thousand accounts, which the table does not show.
        if (common.json) rows.back()["by_hand"] = find_note(layout, record.uid).by_hand;
    }
    for (const GroupRecord& record : all_group_records(layout, damaged))
        if (selection.value().has("@" + record.group, record.jail) || name == "@" + record.group)
            rows.push_back(as_json(record, manifests.of(record.jail)));
    if (common.json)
        print_json(rows);
    else if (rows.empty())
        std::puts(name.empty() ? "no account is in a jail"
                               : "no such account, group or jail has a record here");
    else
        print(rows);
    for (const std::string& path : damaged)
        log_error(path + " is damaged; run jail-provision add for its account again");
    return damaged.empty() ? 0 : 1;
}

}  // namespace jail::provision
