// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/base/file_io.h"
#include "provision/base/log.h"
#include "provision/base/problem.h"
#include "provision/build/jail_build.h"
#include "provision/commands/hooks.h"
#include "provision/commands/report.h"
#include "provision/tree/publisher.h"
#include "provision/tree/tree_verification.h"

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

// Another jail that has the tree in its current generation.
std::string other_jail_with(const Layout& layout, const std::string& tree, const std::string& jail) {
    for (const std::string& other : published_jails(layout)) {
        if (other == jail) continue;
        const Result<Manifest> manifest = published_manifest(layout, other);
        if (manifest && manifest.value().tree == tree) return other;
    }
    return "";
}

// A damaged tree that was not replaced by one of the same content goes out of the way of rollbacks.
Result<> put_aside(const Layout& layout, const Manifest& manifest) {
    if (const std::string other = other_jail_with(layout, manifest.tree, manifest.jail); !other.empty()) {
        log_notice("jail '" + other + "' has the damaged tree too; run jail-provision verify-tree --repair " +
                   other);
        return success();
    }
    const std::string damaged = tree_path(layout, manifest.tree);
    if (::rename(damaged.c_str(), (damaged + ".damaged-" + random_name()).c_str()) != 0 && errno != ENOENT)
        return errno_error("rename", damaged);
    return success();
}

// Rolled back, it stays where it is: only the same tree will do.
Result<> check_held(const Layout& layout, const Manifest& manifest, Diagnostics& diagnostics) {
    const BuildOptions options = {.dry_run = true, .leave_groups = true, .restore = true};
    const JailBuild build = JAIL_TRY(build_jail(layout, manifest.jail, options, diagnostics));
    if (build.manifest.tree == manifest.tree) return success();
    return problem("jail '" + manifest.jail + "' is held at generation " +
                   std::to_string(manifest.generation) +
                   " (rolled back), whose tree cannot be built any more: the policy or the host's files have "
                   "changed since; run jail-provision build " +
                   manifest.jail + " to take it forward");
}

struct Repair {
    std::uint64_t generation = 0;
    bool nothing_to_do = false;
};

// A tree of the same content takes the damaged one's place, for all jails that have it; where the host's
// files have changed since, a new generation is published.
Result<Repair> repair(const Layout& layout, const std::string& jail, Diagnostics& diagnostics) {
    const Manifest manifest = JAIL_TRY(find_published(layout, jail));
    const Result<Checked> checked = verify(layout, jail);
    if (checked && checked.value().verification.drifts.empty()) return Repair{manifest.generation, true};
    const bool stays = held(layout, manifest);
    if (stays) JAIL_TRY(check_held(layout, manifest, diagnostics));
    if (checked)
        JAIL_TRY(distrust_objects(layout, checked.value().inventory, checked.value().verification.drifts));
    const BuildOptions options = {.leave_groups = stays, .restore = true, .leave_published = stays};
    const JailBuild build = JAIL_TRY(build_jail(layout, jail, options, diagnostics));
    if (build.manifest.tree != manifest.tree) JAIL_TRY(put_aside(layout, manifest));
    return Repair{stays ? manifest.generation : build.manifest.generation, false};
}

int repair_jails(const Layout& layout, const CommonOptions& common, const std::vector<std::string>& jails) {
    const Result<StateLock> lock = lock_state(layout, common);
    if (!lock) return fail(lock.error());
    int status = 0;
    for (const std::string& jail : jails) {
        Diagnostics diagnostics;
        const Result<Repair> done = repair(layout, jail, diagnostics);
        if (!done)
            status = fail(done.error(), diagnostics);
        else
            std::printf("%s: %s, generation %llu\n", jail.c_str(),
                        done.value().nothing_to_do ? "as it was built" : "restored",
                        static_cast<unsigned long long>(done.value().generation));
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
        if (const auto& drifts = checked.value().verification.drifts; !drifts.empty()) {
            status = 1;
            run_hook(layout, "drift", {{"jail", jail}, {"places", drifts.size()}, {"first", drifts[0].path}});
        }
        if (common.json)
            rows.push_back(as_json(checked.value()));
        else
            print(checked.value());
    }
    if (common.json) print_json(rows);
    return status;
}

}  // namespace jail::provision
