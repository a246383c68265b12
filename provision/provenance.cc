#include "provision/provenance.h"

#include <nlohmann/json.hpp>

#include "provision/file_io.h"

namespace jail::provision {

Result<> save_provenance(const Layout& layout, const std::string& tree, const TreePlan& plan) {
    nlohmann::json entries = nlohmann::json::object();
    for (const auto& [path, entry] : plan.entries()) {
        nlohmann::json& row = entries[path];
        row["needed_by"] = entry.needed_by;
        if (!entry.source.empty()) row["source"] = entry.source;
        if (entry.kind == EntryKind::kSymlink) row["target"] = entry.text;
    }
    const nlohmann::json document = {{"tree", tree}, {"entries", std::move(entries)}};
    JAIL_TRY(make_directories(layout.state_dir + "/provenance"));
    // File names are bytes; those that are not UTF-8 show with replacement characters.
    const std::string text = document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return replace_cache(layout.state_dir + "/provenance/" + tree + ".json", text);
}

}  // namespace jail::provision
