// SPDX-License-Identifier: Apache-2.0
#include "provision/commands/diff.h"

#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/base/problem.h"
#include "provision/build/jail_build.h"
#include "provision/commands/manifest_json.h"
#include "provision/commands/report.h"
#include "provision/tree/generation_diff.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

const char* word_for(TreeChange::Kind kind) {
    if (kind == TreeChange::Kind::kAdded) return "added";
    return kind == TreeChange::Kind::kRemoved ? "removed" : "changed";
}

// {"limits.memory": 512, ...}
nlohmann::json flat_policy(const JailState& state) {
    nlohmann::json flat = nlohmann::json::object();
    if (!state.manifest) return flat;
    const nlohmann::json pointers = policy_as_json(*state.manifest).flatten();
    for (const auto& [pointer, value] : pointers.items()) {
        std::string key = pointer.substr(1);
        for (char& character : key)
            if (character == '/') character = '.';
        flat[key] = value;
    }
    return flat;
}

nlohmann::json policy_differences(const JailState& from, const JailState& to) {
    const nlohmann::json was = flat_policy(from), is = flat_policy(to);
    nlohmann::json rows = nlohmann::json::array();
    nlohmann::json keys = was;
    keys.update(is);
    for (const auto& [key, ignored] : keys.items()) {
        const nlohmann::json before = was.value(key, nlohmann::json());
        const nlohmann::json after = is.value(key, nlohmann::json());
        if (before != after) rows.push_back({{"key", key}, {"from", before}, {"to", after}});
    }
    return rows;
}

// The manifest of a generation that the administrator named.
Result<Manifest> find_generation(const Layout& layout, const std::string& jail, std::uint64_t number) {
    Result<Manifest> manifest = generation_manifest(layout, jail, number);
    if (manifest || manifest.error().code() != ENOENT) return manifest;
    return problem("jail '" + jail + "' has no generation " + std::to_string(number) +
                   "; jail-provision history " + jail + " shows those that it has");
}

struct Ends {
    JailState from, to;
    nlohmann::json from_name, to_name;  // a generation's number, or null for what would be built now
};

// One side of the comparison: the result of a build from the YAML and the host's files at this moment.
Result<JailState> state_if_built(const Layout& layout, const std::string& jail, Diagnostics& diagnostics) {
    JailBuild build = JAIL_TRY(build_jail(layout, jail, {.dry_run = true}, diagnostics));
    if (build.current) return state_of(layout, build.manifest);
    return JailState{std::move(build.manifest), std::move(build.tree.inventory)};
}

Result<Ends> find_ends(const Layout& layout, const std::string& jail,
                       const std::vector<std::uint64_t>& numbers, Diagnostics& diagnostics) {
    const Manifest current = JAIL_TRY(find_published(layout, jail));
    Ends ends;
    const Manifest from = numbers.empty() ? current : JAIL_TRY(find_generation(layout, jail, numbers[0]));
    ends.from = JAIL_TRY(state_of(layout, from));
    ends.from_name = from.generation;
    if (numbers.empty()) {
        ends.to = JAIL_TRY(state_if_built(layout, jail, diagnostics));
    } else {
        const Manifest to =
            numbers.size() < 2 ? current : JAIL_TRY(find_generation(layout, jail, numbers[1]));
        ends.to = JAIL_TRY(state_of(layout, to));
        ends.to_name = to.generation;
    }
    return ends;
}

}  // namespace

Result<JailState> state_of(const Layout& layout, const Manifest& manifest) {
    Result<Inventory> inventory = load_inventory(layout, manifest.tree);
    if (!inventory)
        return in_context("generation " + std::to_string(manifest.generation) + " of jail " + manifest.jail,
                          inventory.error());
    return JailState{manifest, std::move(inventory).value()};
}

nlohmann::json differences(const JailState& from, const JailState& to) {
    nlohmann::json files = nlohmann::json::array();
    for (const TreeChange& change : compare(from.inventory, to.inventory)) {
        files.push_back({{"change", word_for(change.kind)}, {"path", change.path}});
        if (!change.what.empty()) files.back()["what"] = change.what;
    }
    return {{"policy", policy_differences(from, to)}, {"files", files}};
}

bool any_difference(const nlohmann::json& differences) {
    return !differences["policy"].empty() || !differences["files"].empty();
}

void print_differences(const nlohmann::json& differences) {
    for (const nlohmann::json& row : differences["policy"]) {
        const std::string key = row["key"];
        std::printf("  %s: %s -> %s\n", key.c_str(), shown_value(key, row["from"]).c_str(),
                    shown_value(key, row["to"]).c_str());
    }
    for (const nlohmann::json& row : differences["files"]) {
        const std::string change = row["change"], path = row["path"];
        const char* sign = change == "added" ? "+" : change == "removed" ? "-" : "~";
        const std::string what = row.contains("what") ? " (" + row["what"].get<std::string>() + ")" : "";
        std::printf("%s %s%s\n", sign, printable(path).c_str(), printable(what).c_str());
    }
}

int diff_command(const Layout& layout, const CommonOptions& common, const std::string& jail,
                 const std::vector<std::uint64_t>& generations) {
    Diagnostics diagnostics;
    const Result<Ends> ends = find_ends(layout, jail, generations, diagnostics);
    if (!ends) return fail(ends.error(), diagnostics);
    nlohmann::json found = differences(ends.value().from, ends.value().to);
    if (common.json) {
        found.update({{"jail", jail}, {"from", ends.value().from_name}, {"to", ends.value().to_name}});
        print_json(found);
        return 0;
    }
    const nlohmann::json& to = ends.value().to_name;
    std::printf("%s: generation %s -> %s%s\n", jail.c_str(), ends.value().from_name.dump().c_str(),
                to.is_null() ? "what a build would make now" : to.dump().c_str(),
                any_difference(found) ? "" : ": no difference");
    print_differences(found);
    return 0;
}

}  // namespace jail::provision
