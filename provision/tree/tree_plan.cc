// SPDX-License-Identifier: Apache-2.0
#include "provision/tree/tree_plan.h"

#include <algorithm>
#include <unordered_map>

#include "provision/base/problem.h"

namespace jail::provision {

namespace {

constexpr std::size_t kMaxEntries = 200'000;
constexpr std::size_t kMaxReasons = 64;  // of one entry: everything needs libc, and a longer list is useless

std::string what(const TreeEntry& entry) {
    if (entry.kind == EntryKind::kDirectory) return "a directory";
    if (entry.kind == EntryKind::kSymlink) return "a symlink to " + entry.text;
    return entry.source.empty() ? "a file with its own content" : "the file " + entry.source;
}

}  // namespace

Result<> TreePlan::add(const std::string& path, TreeEntry entry, std::string_view needed_by) {
    const auto [place, fresh] = entries_.try_emplace(path, std::move(entry));
    if (fresh && entries_.size() > kMaxEntries)
        return problem("the tree would have more than 200000 entries");
    if (!fresh && !place->second.same_file_as(entry)) {
        const std::string first =
            place->second.needed_by.empty() ? "the jail" : place->second.needed_by.front();
        return problem(path + " would be " + what(entry) + ", but " + first + " makes it " +
                       what(place->second));
    }
    std::vector<std::string>& reasons = place->second.needed_by;
    if (reasons.size() < kMaxReasons && std::find(reasons.begin(), reasons.end(), needed_by) == reasons.end())
        reasons.emplace_back(needed_by);
    return success();
}

const TreeEntry* TreePlan::find(const std::string& path) const {
    const auto place = entries_.find(path);
    return place == entries_.end() ? nullptr : &place->second;
}

std::set<std::string> TreePlan::needed_for(const std::string& reason) const {
    std::unordered_multimap<std::string_view, const std::string*> needs;
    for (const auto& [path, entry] : entries_)
        if (entry.kind == EntryKind::kFile)
            for (const std::string& one : entry.needed_by) needs.emplace(one, &path);
    std::set<std::string> found;
    std::vector<std::string> open = {reason};
    while (!open.empty()) {
        const std::string next = std::move(open.back());
        open.pop_back();
        const auto [begin, end] = needs.equal_range(next);
        for (auto at = begin; at != end; ++at)
            if (found.insert(*at->second).second) open.push_back(*at->second);
    }
    return found;
}

std::size_t TreePlan::file_count() const {
    return static_cast<std::size_t>(std::count_if(entries_.begin(), entries_.end(), [](const auto& place) {
        return place.second.kind == EntryKind::kFile;
    }));
}

}  // namespace jail::provision
