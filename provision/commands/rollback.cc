// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/base/problem.h"
#include "provision/commands/hooks.h"
#include "provision/commands/report.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

// The generation to go to: the one that was asked for, or the one before the current.
Result<std::uint64_t> choose(const Layout& layout, const Manifest& current,
                             std::optional<std::uint64_t> wanted) {
    const std::vector<Generation> all = generations(layout, current.jail);
    std::optional<std::uint64_t> found;
    for (const Generation& generation : all)
        if (wanted ? generation.number == *wanted : generation.number < current.generation)
            found = generation.number;
    if (found) return *found;
    if (!wanted) return problem("jail '" + current.jail + "' has no generation before the current one");
    return problem("jail '" + current.jail + "' has no generation " + std::to_string(*wanted) +
                   "; jail-provision history " + current.jail + " shows those that it has");
}

Result<> check_whole(const Layout& layout, const Manifest& manifest) {
    if (::access(tree_path(layout, manifest.tree).c_str(), X_OK) == 0) return success();
    return problem("the tree of generation " + std::to_string(manifest.generation) +
                   " is gone; choose another one (jail-provision history " + manifest.jail + ")");
}

}  // namespace

int rollback_command(const Layout& layout, const CommonOptions& common, const std::string& jail,
                     std::optional<std::uint64_t> generation) {
    const Result<StateLock> lock = lock_state(layout, common);
    if (!lock) return fail(lock.error());
    const Result<Manifest> current = find_published(layout, jail);
    if (!current) return fail(current.error());
    const Result<std::uint64_t> target = choose(layout, current.value(), generation);
    if (!target) return fail(target.error());
    const Result<Manifest> manifest = generation_manifest(layout, jail, target.value());
    if (!manifest) return fail(manifest.error());
    if (const Result<> whole = check_whole(layout, manifest.value()); !whole) return fail(whole.error());
    const auto number = static_cast<unsigned long long>(target.value());
    if (target.value() == current.value().generation) {
        std::printf("%s: is at generation %llu already\n", jail.c_str(), number);
        return 0;
    }
    if (common.dry_run) {
        std::printf("%s: would go to generation %llu\n", jail.c_str(), number);
        return 0;
    }
    if (const Result<> done = switch_to(layout, jail, target.value()); !done) return fail(done.error());
    run_hook(layout, "published", {{"jail", jail}, {"generation", target.value()}});
    std::printf("%s: generation %llu%s\n", jail.c_str(), number,
                held(layout, manifest.value())
                    ? "; new logins get it, and it stays until jail-provision build names the jail"
                    : "; new logins get it");
    return 0;
}

}  // namespace jail::provision
