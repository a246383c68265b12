// SPDX-License-Identifier: Apache-2.0
#include "provision/tree/tree_summary.h"

#include <filesystem>
#include <set>

namespace jail::provision {

namespace fs = std::filesystem;

TreeSummary summarise_tree(const std::string& directory) {
    TreeSummary summary;
    std::error_code error;  // a tree that vanishes meanwhile counts as far as it was seen
    for (fs::recursive_directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code ignored;
        if (!entry->is_regular_file(ignored) || entry->is_symlink(ignored)) continue;
        ++summary.files;
        summary.bytes += entry->file_size(ignored);
    }
    std::set<std::string> names;
    for (const char* path : {"/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin", "/bin", "/sbin"}) {
        std::error_code ignored;
        if (fs::is_symlink(directory + path, ignored)) continue;
        for (const fs::directory_entry& entry : fs::directory_iterator(directory + path, ignored))
            names.insert(entry.path().filename());
    }
    for (const char* ours : {"jailshell", "jail-info"})
        names.erase(ours);  // of every tree, whatever the policy says
    summary.commands.assign(names.begin(), names.end());
    return summary;
}

}  // namespace jail::provision
