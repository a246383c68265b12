// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/base/problem.h"
#include "provision/commands/report.h"
#include "provision/host/link_resolution.h"
#include "provision/tree/provenance.h"
#include "provision/tree/publisher.h"
#include "provision/tree/tree_inventory.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMostReasons = 8;  // of one file in text; --json has all
constexpr std::size_t kDeepest = 64;

// A reason is the path of another entry, or words: "bundle basicshell, command ls".
bool is_entry(const std::string& reason) {
    return reason.starts_with("/");
}

// From the path to what the policy says, one shortest chain: the reasons of reasons are entries again.
std::vector<std::string> chain_to_policy(const Provenance& provenance, const std::string& path) {
    std::map<std::string, std::string> reached_from = {{path, ""}};
    std::vector<std::string> queue = {path};
    for (std::size_t next = 0; next < queue.size(); ++next) {
        const std::string here = queue[next];
        const auto origin = provenance.find(here);
        if (origin == provenance.end()) continue;
        for (const std::string& reason : origin->second.needed_by) {
            if (!reached_from.emplace(reason, here).second) continue;
            if (is_entry(reason)) {
                queue.push_back(reason);
                continue;
            }
            std::vector<std::string> chain = {reason};
            for (std::string at = here; at != path && chain.size() < kDeepest; at = reached_from[at])
                chain.insert(chain.begin(), at);
            return chain;
        }
    }
    return {};
}

// The symlinks on the path's way through the tree, and where it ends.
std::vector<std::string> follow(const Inventory& inventory, const std::string& path) {
    const auto target_of = [&inventory](const std::string& place) {
        const auto entry = inventory.find(place);
        const bool link = entry != inventory.end() && entry->second.kind == EntryKind::kSymlink;
        return link ? std::optional(entry->second.content) : std::nullopt;
    };
    ResolvedPath resolved = resolve_links(path, target_of);
    resolved.links.push_back(resolved.path);
    return resolved.links;
}

nlohmann::json explain(const Provenance& provenance, const std::string& path) {
    nlohmann::json row = {{"path", path}, {"chain", chain_to_policy(provenance, path)}};
    const auto origin = provenance.find(path);
    row["needed_by"] = origin == provenance.end() ? std::vector<std::string>() : origin->second.needed_by;
    if (origin != provenance.end() && !origin->second.source.empty()) row["source"] = origin->second.source;
    return row;
}

void print(const nlohmann::json& rows) {
    for (const nlohmann::json& row : rows) {
        const std::string path = row["path"];
        std::printf("%s\n", printable(path).c_str());
        if (row.contains("source") && row["source"] != row["path"])
            std::printf("  is the host's %s\n", printable(row["source"].get<std::string>()).c_str());
        for (const nlohmann::json& step : row["chain"])
            std::printf("  needed by %s\n", printable(step.get<std::string>()).c_str());
        std::size_t others = 0;
        for (const nlohmann::json& reason : row["needed_by"]) {
            if (!row["chain"].empty() && reason == row["chain"][0]) continue;
            if (++others <= kMostReasons)
                std::printf("  also needed by %s\n", printable(reason.get<std::string>()).c_str());
        }
        if (others > kMostReasons) std::printf("  and by %zu more (--json)\n", others - kMostReasons);
    }
}

}  // namespace

int why_command(const Layout& layout, const CommonOptions& common, const std::string& jail,
                const std::string& path) {
    if (!valid_absolute_path(path)) return fail(problem("'" + path + "' is no absolute path"));
    const Result<Manifest> manifest = find_published(layout, jail);
    if (!manifest) return fail(manifest.error());
    const Result<Inventory> inventory = load_inventory(layout, manifest.value().tree);
    if (!inventory) return fail(inventory.error());
    const Result<Provenance> provenance = load_provenance(layout, jail, manifest.value().generation);
    if (!provenance) return fail(provenance.error());
    const std::vector<std::string> way = follow(inventory.value(), path);
    if (!inventory.value().contains(way.back()))
        return fail(problem("jail '" + jail + "' has no " + path +
                            (way.size() > 1 ? " (it would be " + way.back() + ")" : "")));
    nlohmann::json rows = nlohmann::json::array();
    for (const std::string& step : way) rows.push_back(explain(provenance.value(), step));
    if (common.json)
        print_json(rows);
    else
        print(rows);
    return 0;
}

}  // namespace jail::provision
