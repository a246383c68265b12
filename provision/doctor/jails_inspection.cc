// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "provision/base/problem.h"
#include "provision/build/jail_build.h"
#include "provision/config/jail_catalog.h"
#include "provision/doctor/inspection.h"
#include "provision/tree/publisher.h"
#include "provision/tree/tree_inventory.h"
#include "provision/tree/tree_verification.h"

namespace jail::provision {

namespace {

Finding about(const std::string& jail, const char* code, Health health, std::string evidence,
              std::string fix = {}) {
    return {"jails", code, health, jail, std::move(evidence), std::move(fix)};
}

void inspect_policy(const Manifest& manifest, Findings& found) {
    std::string without;
    if (manifest.limits.memory_bytes == 0) without = "memory";
    if (manifest.limits.tasks == 0) without += without.empty() ? "tasks" : " and tasks";
    if (!without.empty())
        found.push_back(about(manifest.jail, "jail.no-limits", Health::kNote, "has no limit of " + without));
    if (manifest.access.shell && !manifest.access.sftp)
        found.push_back(about(manifest.jail, "jail.no-sftp", Health::kNote,
                              "has a shell and no sftp: sftp, and scp since OpenSSH 9, end with "
                              "\"Connection closed\""));
}

// Whether a build would change it: of files that changed on the host, of its YAML.
void inspect_currency(const Host& host, const Manifest& current, Findings& found) {
    const std::string& jail = current.jail;
    Diagnostics diagnostics;
    BuildOptions options;
    options.dry_run = options.keep_held = options.leave_groups = true;
    const auto build = build_jail(host.layout, jail, options, diagnostics);
    if (!diagnostics.empty())
        found.push_back(about(jail, "jail.config", Health::kProblem, diagnostics.lines().front(),
                              "jail-provision check"));
    else if (!build)
        found.push_back(about(jail, "jail.config", Health::kProblem, describe(build.error()),
                              "jail-provision build " + jail));
    else if (build.value().held)
        found.push_back(
            about(jail, "jail.held", Health::kNote,
                  "was rolled back to generation " + std::to_string(current.generation) + ", and stays there",
                  "jail-provision build " + jail));
    else if (build.value().changed)
        found.push_back(about(jail, "jail.stale", Health::kProblem,
                              "is not up to date: a build would change it (jail-provision diff " + jail + ")",
                              "jail-provision build " + jail));
}

void inspect_tree(const Host& host, const Manifest& manifest, Findings& found) {
    const std::string fix = "jail-provision verify-tree --repair " + manifest.jail;
    const auto inventory = load_inventory(host.layout, manifest.tree);
    const auto verified = inventory ? verify_tree(host.layout, manifest.tree, inventory.value())
                                    : Result<Verification>(inventory.error());
    if (!verified)
        found.push_back(about(manifest.jail, "tree.drift", Health::kBroken, describe(verified.error()), fix));
    else if (const auto& drifts = verified.value().drifts; !drifts.empty())
        found.push_back(
            about(manifest.jail, "tree.drift", Health::kProblem,
                  drifts[0].path + ": " + drifts[0].what +
                      (drifts.size() == 1 ? "" : ", and " + std::to_string(drifts.size() - 1) + " more"),
                  fix));
}

void inspect_jail(const Host& host, const std::string& jail, bool trees, Findings& found) {
    const auto manifest = published_manifest(host.layout, jail);
    if (!manifest) {
        found.push_back(about(jail, "jail.record", Health::kBroken, describe(manifest.error()),
                              "jail-provision build " + jail));
        return;
    }
    const std::size_t before = found.size();
    inspect_currency(host, manifest.value(), found);
    inspect_policy(manifest.value(), found);
    if (trees) inspect_tree(host, manifest.value(), found);
    if (found.size() == before)
        found.push_back(
            about(jail, "jail", Health::kOk,
                  "generation " + std::to_string(manifest.value().generation) + " is up to date"));
}

}  // namespace

Findings inspect_jails(Host& host, bool trees) {
    Findings found;
    const std::vector<std::string> published = published_jails(host.layout);
    const std::vector<std::string> named = jail_names(host.layout);
    for (const std::string& jail : published) {
        if (std::binary_search(named.begin(), named.end(), jail)) {
            inspect_jail(host, jail, trees, found);
            continue;
        }
        const bool is_used = std::any_of(host.accounts.begin(), host.accounts.end(),
                                         [&](const AccountRecord& one) { return one.jail == jail; });
        found.push_back(about(jail, "jail.orphan", Health::kProblem,
                              std::string("is published and has no file in ") + host.layout.config_dir +
                                  "/jails" + (is_used ? "; accounts are in it" : ""),
                              "jail-provision apply --withdraw"));
    }
    for (const std::string& jail : named)
        if (!std::binary_search(published.begin(), published.end(), jail))
            found.push_back(about(jail, "jail.unpublished", Health::kNote, "has a file, and was never built",
                                  "jail-provision build " + jail));
    return found;
}

}  // namespace jail::provision
