// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/base/log.h"
#include "provision/base/problem.h"
#include "provision/build/jail_build.h"
#include "provision/commands/hooks.h"
#include "provision/commands/live_update.h"
#include "provision/commands/report.h"
#include "provision/config/jail_catalog.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

nlohmann::json as_json(const std::string& jail, const JailBuild& build) {
    nlohmann::json row = {
        {"jail", jail}, {"changed", build.changed}, {"held", build.held}, {"tree", build.manifest.tree}};
    if (build.manifest.generation != 0) row["generation"] = build.manifest.generation;
    if (!build.current && !build.held) {
        row["files"] = build.tree.files;
        row["bytes"] = build.tree.bytes;
        row["new_files"] = build.tree.new_files;
        row["new_bytes"] = build.tree.new_bytes;
    }
    return row;
}

void print(const CommonOptions& common, const std::string& jail, const JailBuild& build) {
    const auto generation = static_cast<unsigned long long>(build.manifest.generation);
    if (build.held)
        return (void)std::printf("%s: held at generation %llu; jail-provision build %s takes it forward\n",
                                 jail.c_str(), generation, jail.c_str());
    if (!build.changed)
        return (void)std::printf("%s: unchanged (generation %llu)\n", jail.c_str(), generation);
    const std::string size = std::to_string(build.tree.files) + " files, " + human_size(build.tree.bytes) +
                             " (new: " + std::to_string(build.tree.new_files) + " files, " +
                             human_size(build.tree.new_bytes) + ")";
    if (common.dry_run)
        std::printf("%s: would publish a new generation, %s\n", jail.c_str(), size.c_str());
    else
        std::printf("%s: generation %llu, %s\n", jail.c_str(), generation, size.c_str());
}

// Those that changed, and those that an administrator has to know about.
bool worth_a_line(const JailBuild& build) {
    return build.changed || build.held;
}

void report_to_hooks(const Layout& layout, const std::string& jail, const Result<JailBuild>& build,
                     bool is_update) {
    if (build && build.value().changed)
        run_hook(layout, "published", {{"jail", jail}, {"generation", build.value().manifest.generation}});
    if (!build && is_update)
        run_hook(layout, "update-failed", {{"jail", jail}, {"cause", describe(build.error())}});
}

int build_jails(const Layout& layout, const CommonOptions& common, const std::vector<std::string>& jails,
                const BuildOptions& options, bool quiet, bool live = false) {
    nlohmann::json rows = nlohmann::json::array();
    int status = 0;
    for (const std::string& jail : jails) {
        log_progress("building " + jail);
        Diagnostics diagnostics;
        const Result<JailBuild> build = build_jail(layout, jail, options, diagnostics);
        print_notes(diagnostics);
        if (!common.dry_run) report_to_hooks(layout, jail, build, quiet);
        if (!build)
            status = fail(build.error(), diagnostics);  // the others are built all the same
        else if (common.json)
            rows.push_back(as_json(jail, build.value()));
        else if (!quiet || worth_a_line(build.value()))
            print(common, jail, build.value());
        if (!build || !live) continue;
        nlohmann::json running = nlohmann::json::array();
        if (update_running(layout, common, jail, running) != 0) status = 1;
        if (common.json) rows.back()["running"] = running;
    }
    if (common.json) print_json(rows);
    return status;
}

}  // namespace

int build_command(const Layout& layout, const CommonOptions& common, std::vector<std::string> jails) {
    Result<StateLock> lock = lock_state(layout, common);
    if (!lock) return fail(lock.error());
    const BuildOptions options = {.dry_run = common.dry_run, .keep_held = jails.empty()};
    if (jails.empty()) jails = jail_names(layout);
    return build_jails(layout, common, jails, options, false);
}

int update_command(const Layout& layout, const CommonOptions& common, std::vector<std::string> jails,
                   bool live) {
    Result<StateLock> lock = lock_state(layout, common);
    if (!lock) return fail(lock.error());
    const BuildOptions options = {.dry_run = common.dry_run, .keep_held = jails.empty()};
    for (const std::string& jail : jails)
        if (const Result<Manifest> published = find_published(layout, jail); !published)
            return fail(published.error());
    if (jails.empty()) jails = published_jails(layout);
    return build_jails(layout, common, jails, options, true, live);
}

}  // namespace jail::provision
