// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/build/garbage_collection.h"
#include "provision/commands/report.h"

namespace jail::provision {

namespace {

nlohmann::json as_json(const Garbage& garbage) {
    nlohmann::json generations = nlohmann::json::array();
    for (const auto& [jail, number] : garbage.generations)
        generations.push_back({{"jail", jail}, {"generation", number}});
    return {{"generations", generations},
            {"trees", garbage.trees},
            {"files", garbage.objects.size()},
            {"bytes", garbage.bytes}};
}

}  // namespace

int gc_command(const Layout& layout, const CommonOptions& common, std::uint64_t keep) {
    const Result<StateLock> lock = lock_state(layout, common);
    if (!lock) return fail(lock.error());
    Result<Garbage> found = find_garbage(layout, keep);
    if (!found) return fail(found.error());
    Garbage& garbage = found.value();
    if (!common.dry_run)
        if (const Result<> done = collect_garbage(layout, garbage); !done) return fail(done.error());
    if (common.json) {
        print_json(as_json(garbage));
        return 0;
    }
    // Contents that a tree alone has become free only when it is gone: a dry run cannot count that.
    std::printf("%s %s, %s", common.dry_run ? "would remove" : "removed",
                count_of(garbage.generations.size(), "generation").c_str(),
                count_of(garbage.trees.size(), "tree").c_str());
    if (common.dry_run)
        std::puts(" and the files that only they have");
    else
        std::printf(", %s (%s)\n", count_of(garbage.objects.size(), "file").c_str(),
                    human_size(garbage.bytes).c_str());
    return 0;
}

}  // namespace jail::provision
