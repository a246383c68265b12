// SPDX-License-Identifier: Apache-2.0
// dpkg's knowledge of the host: which package a file is of, what else that package has, and what it depends
// on. Asked through dpkg-query(1); on a host without it, nothing is of a package.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libjail/base/result.h"

namespace jail::provision {

class DebianPackages {
public:
    // Of the host below `root`, as in HostFiles. dpkg is asked once for all jails of a run, and again after
    // its database has changed.
    static Result<std::shared_ptr<const DebianPackages>> of(const std::string& root);

    // The name of the package, as dpkg has it ("libssl3:amd64"), that this canonical path is of; or empty.
    std::string owner_of(const std::string& path) const;
    // Canonical paths, directories included.
    std::vector<std::string> files_of(const std::string& package) const;
    // The installed packages that it names under Depends, alternatives included.
    std::vector<std::string> dependencies_of(const std::string& package) const;
    // Every host has it: dpkg says Essential, or it is libc.
    bool is_essential(const std::string& package) const;
    bool empty() const { return installed_.empty(); }
    // The file, below `root`, that changes with what files_of() says.
    static std::string list_file_of(const std::string& package);

private:
    struct Package {
        std::string name;  // as dpkg has it
        bool essential = false;
        std::vector<std::string> depends, files;
    };
    Result<> load(const std::string& root);
    Result<> load_files(const std::string& root);

    std::map<std::string, Package, std::less<>> installed_;        // by bare name
    std::unordered_map<std::string_view, const Package*> owners_;  // by path, in `files`
};

// "libssl3:amd64" -> "libssl3"
std::string_view bare_name(std::string_view package);

// The names that a field like "libc6 (>= 2.34), a | b:any" has.
std::vector<std::string> names_in_depends(std::string_view field);

}  // namespace jail::provision
