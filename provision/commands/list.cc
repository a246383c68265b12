#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/account_records.h"
#include "provision/commands/report.h"
#include "provision/instance_state.h"
#include "provision/log.h"
#include "provision/publisher.h"

namespace jail::provision {

namespace {

nlohmann::json as_json(const Layout& layout, const AccountRecord& record) {
    const Result<Manifest> manifest = published_manifest(layout, record.jail);
    nlohmann::json row = {{"account", record.account},
                          {"uid", record.uid},
                          {"jail", record.jail},
                          {"running", instance_runs(layout, record.uid)}};
    row["generation"] = manifest ? nlohmann::json(manifest.value().generation) : nlohmann::json();
    return row;
}

void print(const nlohmann::json& rows) {
    std::printf("%-20s %10s  %-20s %10s  %s\n", "ACCOUNT", "UID", "JAIL", "GENERATION", "RUNNING");
    for (const nlohmann::json& row : rows) {
        const std::string generation = row["generation"].is_null() ? "none" : row["generation"].dump();
        std::printf("%-20s %10u  %-20s %10s  %s\n", row["account"].get<std::string>().c_str(),
                    row["uid"].get<unsigned>(), row["jail"].get<std::string>().c_str(), generation.c_str(),
                    row["running"].get<bool>() ? "yes" : "no");
    }
}

}  // namespace

int list_command(const Layout& layout, const CommonOptions& common) {
    std::vector<std::string> damaged;
    nlohmann::json rows = nlohmann::json::array();
    for (const AccountRecord& record : all_records(layout, damaged)) rows.push_back(as_json(layout, record));
    if (common.json)
        std::puts(rows.dump(2).c_str());
    else if (rows.empty())
        std::puts("no account is in a jail");
    else
        print(rows);
    for (const std::string& path : damaged)
        log_error(path + " is damaged; run jail-provision add for its account again");
    return damaged.empty() ? 0 : 1;
}

}  // namespace jail::provision
