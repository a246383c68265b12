// SPDX-License-Identifier: Apache-2.0
#include "provision/build/garbage_collection.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "provision/accounts/instance_state.h"
#include "provision/base/file_io.h"
#include "provision/base/problem.h"
#include "provision/tree/publisher.h"
#include "provision/tree/tree_inventory.h"

namespace jail::provision {

namespace {

// Splits a jail's generations into those that go and the trees of those that stay. The newest always stays:
// it holds a jail that was rolled back, and keeps its number from being given again.
Result<> sort_generations(const Layout& layout, const std::string& jail, std::uint64_t keep, Garbage& garbage,
                          std::set<std::string>& live) {
    const Result<Manifest> current = published_manifest(layout, jail);
    if (current) live.insert(current.value().tree);
    const std::vector<Generation> all = generations(layout, jail);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const bool is_current = current && current.value().generation == all[i].number;
        if (!is_current && all.size() - i > std::max<std::uint64_t>(keep, 1)) {
            garbage.generations.push_back({jail, all[i].number});
            continue;
        }
        live.insert(JAIL_TRY(generation_manifest(layout, jail, all[i].number)).tree);
    }
    return success();
}

// "<id>", or "<id>.damaged-<random>", which a running jail may have had as its root when it was replaced.
std::string id_of(const std::string& tree) {
    return tree.substr(0, tree.find('.'));
}

// Only objects with one link: trees have the others. Those that become free by removing trees are found in a
// second look.
void find_objects(const Layout& layout, Garbage& garbage) {
    std::error_code error;  // a store that is not there has no garbage
    for (std::filesystem::recursive_directory_iterator entry(layout.state_dir + "/store", error), end;
         !error && entry != end; entry.increment(error)) {
        struct stat status = {};
        const std::string path = entry->path();
        if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink > 1) continue;
        garbage.objects.push_back(path);
        garbage.bytes += static_cast<std::uint64_t>(status.st_size);
    }
}

// By way of the staging directory, which the next run empties should this one be killed.
Result<> remove_tree(const Layout& layout, const std::string& name) {
    const std::string staging = layout.state_dir + "/staging";
    JAIL_TRY(make_directory(staging, 0700));
    const std::string from = layout.state_dir + "/trees/" + name, to = staging + "/" + random_name();
    if (::rename(from.c_str(), to.c_str()) != 0) return errno_error("rename", from);
    // A supervisor that claimed it a moment ago has either opened it already, or does not find it and reads
    // the manifest again; one that has opened it gets it back.
    if (trees_in_use(layout).contains(id_of(name)))
        return ::rename(to.c_str(), from.c_str()) == 0 ? success() : Result<>(errno_error("rename", to));
    std::error_code error;
    std::filesystem::remove_all(to, error);
    return error ? Result<>(Error(error.value(), "remove", to)) : success();
}

}  // namespace

Result<Garbage> find_garbage(const Layout& layout, std::uint64_t keep) {
    Garbage garbage;
    std::set<std::string> live;
    for (const std::string& jail : jails_with_generations(layout))
        JAIL_TRY(sort_generations(layout, jail, keep, garbage, live));
    for (const std::string& jail : published_jails(layout))
        live.insert(JAIL_TRY(published_manifest(layout, jail)).tree);
    const std::set<std::string> in_use = trees_in_use(layout);
    for (const std::string& name : names_in(layout.state_dir + "/trees"))
        if (!live.contains(name) && !in_use.contains(id_of(name))) garbage.trees.push_back(name);
    for (const std::string& name : names_in(layout.state_dir + "/inventories"))
        if (!live.contains(name) && !in_use.contains(name)) garbage.inventories.push_back(name);
    find_objects(layout, garbage);
    return garbage;
}

Result<> collect_garbage(const Layout& layout, Garbage& garbage) {
    for (const auto& [jail, number] : garbage.generations) JAIL_TRY(remove_generation(layout, jail, number));
    for (const std::string& name : garbage.trees) JAIL_TRY(remove_tree(layout, name));
    for (const std::string& name : garbage.inventories) (void)::unlink(inventory_path(layout, name).c_str());
    garbage.objects.clear();
    garbage.bytes = 0;
    find_objects(layout, garbage);
    for (const std::string& path : garbage.objects)
        if (::unlink(path.c_str()) != 0 && errno != ENOENT) return errno_error("remove", path);
    return success();
}

}  // namespace jail::provision
