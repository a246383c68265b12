#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/commands/report.h"
#include "provision/file_io.h"
#include "provision/jail_build.h"
#include "provision/problem.h"
#include "provision/publisher.h"
#include "provision/tree_verification.h"

namespace jail::provision {

namespace {

struct Checked {
    Manifest manifest;
    Inventory inventory;
    Verification verification;
};

Result<Checked> verify(const Layout& layout, const std::string& jail) {
    Checked checked;
    checked.manifest = JAIL_TRY(find_published(layout, jail));
    const std::string& tree = checked.manifest.tree;
    Result<Inventory> inventory = load_inventory(layout, tree);
    if (!inventory)
        return in_context(
            "jail " + jail + " cannot be verified, run jail-provision verify-tree --repair " + jail,
            inventory.error());
    checked.inventory = std::move(inventory).value();
    checked.verification = JAIL_TRY(verify_tree(layout, tree, checked.inventory));
    return checked;
}

nlohmann::json as_json(const Checked& checked) {
    nlohmann::json drifts = nlohmann::json::array();
    for (const Drift& drift : checked.verification.drifts)
        drifts.push_back({{"path", drift.path}, {"what", drift.what}});
    return {{"jail", checked.manifest.jail},
            {"generation", checked.manifest.generation},
            {"tree", checked.manifest.tree},
            {"entries", checked.verification.entries},
            {"drift", drifts}};
}

void print(const Checked& checked) {
    const std::string& jail = checked.manifest.jail;
    const auto generation = static_cast<unsigned long long>(checked.manifest.generation);
    for (const Drift& drift : checked.verification.drifts)
        std::printf("%s: %s: %s\n", jail.c_str(), printable(drift.path).c_str(),
                    printable(drift.what).c_str());
    if (checked.verification.drifts.empty())
        std::printf("%s: generation %llu, %zu entries as they were built\n", jail.c_str(), generation,
                    checked.verification.entries);
    else
        std::printf("%s: generation %llu differs in %s; jail-provision verify-tree --repair %s\n",
                    jail.c_str(), generation, count_of(checked.verification.drifts.size(), "place").c_str(),
                    jail.c_str());
}

// A tree of the same content takes the damaged one's place; where the host's files have changed since, a new
// generation is published and the damaged tree goes out of the way of rollbacks.
Result<JailBuild> repair(const Layout& layout, const std::string& jail, Diagnostics& diagnostics) {
    const Manifest manifest = JAIL_TRY(find_published(layout, jail));
    const Result<Checked> checked = verify(layout, jail);
    if (checked)
        JAIL_TRY(distrust_objects(layout, checked.value().inventory, checked.value().verification.drifts));
    JailBuild build = JAIL_TRY(build_jail(layout, jail, {.restore = true}, diagnostics));
    if (build.manifest.tree == manifest.tree) return build;
    const std::string damaged = tree_path(layout, manifest.tree);
    if (::rename(damaged.c_str(), (damaged + ".damaged-" + random_name()).c_str()) != 0 && errno != ENOENT)
        return errno_error("rename", damaged);
    return build;
}

int repair_jails(const Layout& layout, const CommonOptions& common, const std::vector<std::string>& jails) {
    const Result<StateLock> lock = lock_state(layout, common);
    if (!lock) return fail(lock.error());
    int status = 0;
    for (const std::string& jail : jails) {
        Diagnostics diagnostics;
        const Result<JailBuild> build = repair(layout, jail, diagnostics);
        if (!build)
            status = fail(build.error(), diagnostics);
        else
            std::printf("%s: restored, generation %llu\n", jail.c_str(),
                        static_cast<unsigned long long>(build.value().manifest.generation));
    }
    return status;
}

}  // namespace

int verify_tree_command(const Layout& layout, const CommonOptions& common, std::vector<std::string> jails,
                        bool repair) {
    if (jails.empty()) jails = published_jails(layout);
    if (repair) return repair_jails(layout, common, jails);
    nlohmann::json rows = nlohmann::json::array();
    int status = 0;
    for (const std::string& jail : jails) {
        const Result<Checked> checked = verify(layout, jail);
        if (!checked) {
            status = fail(checked.error());
            continue;
        }
        if (!checked.value().verification.drifts.empty()) status = 1;
        if (common.json)
            rows.push_back(as_json(checked.value()));
        else
            print(checked.value());
    }
    if (common.json) print_json(rows);
    return status;
}

}  // namespace jail::provision
