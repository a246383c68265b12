// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/commands/diff.h"
#include "provision/commands/report.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

std::string utc(std::int64_t seconds) {
    const time_t time = seconds;
    tm broken_down = {};
    char text[32] = "";
    if (::gmtime_r(&time, &broken_down)) (void)std::strftime(text, sizeof text, "%FT%TZ", &broken_down);
    return text;
}

std::size_t count(const nlohmann::json& files, const char* change) {
    std::size_t number = 0;
    for (const nlohmann::json& row : files) number += row["change"] == change ? 1 : 0;
    return number;
}

// "+12 -3 ~4, policy", or empty for the first.
std::string summary(const nlohmann::json& differences) {
    const nlohmann::json& files = differences["files"];
    std::string text;
    const auto add = [&text](const std::string& word) { text += (text.empty() ? "" : " ") + word; };
    for (const auto& [sign, change] : {std::pair("+", "added"), {"-", "removed"}, {"~", "changed"}})
        if (const std::size_t number = count(files, change); number > 0) add(sign + std::to_string(number));
    if (!text.empty()) text += " files";
    if (!differences["policy"].empty()) text += text.empty() ? "policy" : ", policy";
    return text.empty() ? "nothing" : text;
}

nlohmann::json row_of(const Layout& layout, const Generation& generation, const Manifest& current,
                      std::optional<JailState>& before) {
    nlohmann::json row = {{"generation", generation.number},
                          {"published", utc(generation.published)},
                          {"current", generation.number == current.generation}};
    const Result<Manifest> manifest = generation_manifest(layout, current.jail, generation.number);
    Result<JailState> state =
        manifest ? state_of(layout, manifest.value()) : Result<JailState>(manifest.error());
    row["tree"] = manifest ? nlohmann::json(manifest.value().tree) : nlohmann::json();
    row["changes"] =
        state && before ? nlohmann::json(summary(differences(*before, state.value()))) : nlohmann::json();
    before = state ? std::optional(std::move(state).value()) : std::nullopt;
    return row;
}

void print(const nlohmann::json& rows) {
    std::printf("%-12s %-22s %-14s %s\n", "GENERATION", "PUBLISHED", "TREE", "CHANGES");
    for (const nlohmann::json& row : rows) {
        const std::string number = row["generation"].dump() + (row["current"].get<bool>() ? " *" : "");
        const std::string tree =
            row["tree"].is_null() ? "damaged" : row["tree"].get<std::string>().substr(0, 12);
        const std::string changes = row["changes"].is_null() ? "-" : row["changes"].get<std::string>();
        std::printf("%-12s %-22s %-14s %s\n", number.c_str(), row["published"].get<std::string>().c_str(),
                    tree.c_str(), changes.c_str());
    }
}

}  // namespace

int history_command(const Layout& layout, const CommonOptions& common, const std::string& jail) {
    const Result<Manifest> current = find_published(layout, jail);
    if (!current) return fail(current.error());
    std::optional<JailState> before;
    nlohmann::json rows = nlohmann::json::array();
    for (const Generation& generation : generations(layout, jail))
        rows.push_back(row_of(layout, generation, current.value(), before));
    if (common.json) {
        print_json(rows);
        return 0;
    }
    print(rows);
    if (held(layout, current.value()))
        std::printf("held at generation %llu; jail-provision build %s takes it forward again\n",
                    static_cast<unsigned long long>(current.value().generation), jail.c_str());
    return 0;
}

}  // namespace jail::provision
