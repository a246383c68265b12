#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/commands/report.h"
#include "provision/jail_build.h"
#include "provision/jail_catalog.h"
#include "provision/log.h"

namespace jail::provision {

namespace {

nlohmann::json as_json(const std::string& jail, const JailBuild& build) {
    nlohmann::json row = {{"jail", jail}, {"changed", build.changed}, {"tree", build.manifest.tree}};
    if (build.manifest.generation != 0) row["generation"] = build.manifest.generation;
    if (!build.current) {
        row["files"] = build.tree.files;
        row["bytes"] = build.tree.bytes;
        row["new_files"] = build.tree.new_files;
        row["new_bytes"] = build.tree.new_bytes;
    }
    return row;
}

void print(const CommonOptions& common, const std::string& jail, const JailBuild& build) {
    if (!build.changed) {
        std::printf("%s: unchanged (generation %llu)\n", jail.c_str(),
                    static_cast<unsigned long long>(build.manifest.generation));
        return;
    }
    const std::string size = std::to_string(build.tree.files) + " files, " + human_size(build.tree.bytes) +
                             " (new: " + std::to_string(build.tree.new_files) + " files, " +
                             human_size(build.tree.new_bytes) + ")";
    if (common.dry_run)
        std::printf("%s: would publish a new generation, %s\n", jail.c_str(), size.c_str());
    else
        std::printf("%s: generation %llu, %s\n", jail.c_str(),
                    static_cast<unsigned long long>(build.manifest.generation), size.c_str());
}

}  // namespace

int build_command(const Layout& layout, const CommonOptions& common, std::vector<std::string> jails) {
    Result<StateLock> lock =
        common.dry_run ? Result<StateLock>(Error(0, "", "")) : lock_state(layout, common);
    if (!lock && !common.dry_run) return fail(lock.error());
    if (jails.empty()) jails = jail_names(layout);
    nlohmann::json rows = nlohmann::json::array();
    int status = 0;
    for (const std::string& jail : jails) {
        log_progress("building " + jail);
        Diagnostics diagnostics;
        const Result<JailBuild> build = build_jail(layout, jail, common.dry_run, diagnostics);
        if (!build) {
            status = fail(build.error(), diagnostics);  // the others are built all the same
            continue;
        }
        if (common.json)
            rows.push_back(as_json(jail, build.value()));
        else
            print(common, jail, build.value());
    }
    if (common.json) std::puts(rows.dump(2).c_str());
    return status;
}

}  // namespace jail::provision
