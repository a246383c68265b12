// SPDX-License-Identifier: Apache-2.0
#include "provision/tree/provenance.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "libjail/base/path_name.h"
#include "provision/base/file_io.h"
#include "provision/base/replacement.h"
#include "provision/host/host_files.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMaxProvenanceBytes = 256u << 20;

std::string provenance_path(const Layout& layout, const std::string& jail, std::uint64_t generation) {
    return layout.state_dir + "/provenance/" + jail + "/" + std::to_string(generation);
}

}  // namespace

Result<> save_provenance(const Layout& layout, const std::string& jail, std::uint64_t generation,
                         const TreePlan& plan) {
    nlohmann::json entries = nlohmann::json::object();
    for (const auto& [path, entry] : plan.entries()) {
        nlohmann::json& row = entries[path];
        row["needed_by"] = entry.needed_by;
        if (!entry.source.empty()) row["source"] = entry.source;
    }
    const std::string file = provenance_path(layout, jail, generation);
    JAIL_TRY(make_directories(parent_of(file)));
    // File names are bytes; those that are not UTF-8 show with replacement characters.
    return replace_cache(file, entries.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

Result<Provenance> load_provenance(const Layout& layout, const std::string& jail, std::uint64_t generation) {
    const std::string file = provenance_path(layout, jail, generation);
    const std::string text = JAIL_TRY(read_file(file, kMaxProvenanceBytes));
    const nlohmann::json entries = nlohmann::json::parse(text, nullptr, false);
    if (!entries.is_object()) return Error(EBADMSG, "read", file);
    Provenance provenance;
    for (const auto& [path, row] : entries.items()) {
        Origin& origin = provenance[path];
        if (!row.is_object() || !row.contains("needed_by") || !row["needed_by"].is_array())
            return Error(EBADMSG, "read", file);
        if (row.contains("source") && row["source"].is_string()) origin.source = row["source"];
        for (const nlohmann::json& reason : row["needed_by"])
            if (reason.is_string()) origin.needed_by.push_back(reason);
    }
    return provenance;
}

void remove_provenance(const Layout& layout, const std::string& jail, std::uint64_t generation) {
    (void)::unlink(provenance_path(layout, jail, generation).c_str());
}

}  // namespace jail::provision
