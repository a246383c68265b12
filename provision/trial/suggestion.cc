// SPDX-License-Identifier: Apache-2.0
#include "provision/trial/suggestion.h"

#include <fnmatch.h>

#include <algorithm>

#include "libjail/base/path_name.h"
#include "provision/host/reserved_paths.h"
#include "provision/tree/closure.h"

namespace jail::provision {

namespace {

bool is_command(const std::string& path) {
    return std::any_of(std::begin(kSearchPath), std::end(kSearchPath),
                       [&path](std::string_view directory) { return parent_of(path) == directory; });
}

// The pattern matches the path or a directory above it.
bool covers(const std::string& pattern, std::string path) {
    for (; path != "/" && !path.empty(); path = parent_of(path))
        if (::fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0) return true;
    return false;
}

bool brings(const Bundle& bundle, const std::string& path) {
    for (const auto* files : {&bundle.files, &bundle.optional_files})
        for (const FileRequest& file : *files)
            if (file.source.empty() && !file.content && covers(file.path, path)) return true;
    return false;
}

std::set<std::string> brought(const Bundle& bundle, const std::set<std::string>& paths) {
    std::set<std::string> found;
    for (const std::string& path : paths)
        if (brings(bundle, path)) found.insert(path);
    return found;
}

bool needs_no_other(const Bundle& bundle, const std::set<std::string>& commands) {
    return std::all_of(bundle.commands.begin(), bundle.commands.end(),
                       [&commands](const auto& command) { return commands.contains(command.value); });
}

const Bundle* best(const std::vector<const Bundle*>& bundles, const std::set<std::string>& paths) {
    const Bundle* found = nullptr;
    std::size_t most = 0;
    for (const Bundle* bundle : bundles)
        if (const std::size_t count = brought(*bundle, paths).size(); count > most) {
            found = bundle;
            most = count;
        }
    return found;
}

bool has_something_below(const std::string& path, const std::set<std::string>& paths) {
    const auto next = paths.upper_bound(path + "/");
    return next != paths.end() && is_or_below(*next, path);
}

}  // namespace

Suggestion suggest(const std::set<std::string>& missing, const std::vector<const Bundle*>& bundles,
                   const std::set<std::string>& included, const std::set<std::string>& commands) {
    Suggestion suggestion;
    std::set<std::string> files, names;
    for (const std::string& path : missing) {
        if (is_command(path))
            names.insert(base_of(path));
        else if (!has_something_below(path, missing))
            files.insert(path);
    }
    suggestion.commands.assign(names.begin(), names.end());
    std::vector<const Bundle*> useful;
    for (const Bundle* bundle : bundles)
        if (!included.contains(bundle->name.value) && needs_no_other(*bundle, commands))
            useful.push_back(bundle);
    while (const Bundle* bundle = best(useful, files)) {
        suggestion.include.push_back(bundle->name.value);
        for (const std::string& path : brought(*bundle, files)) files.erase(path);
    }
    suggestion.files.assign(files.begin(), files.end());
    return suggestion;
}

}  // namespace jail::provision
