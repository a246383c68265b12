// SPDX-License-Identifier: Apache-2.0
// dpkg's knowledge of the host: which package a file is of, what else that package has, and what it depends
// on. Asked through dpkg-query(1); on a host without it, nothing is of a package.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libjail/base/result.h"

namespace jail::provision {

class DebianPackages {
public:
    // `root` stands before every path, as in HostFiles.
    explicit DebianPackages(std::string root) : root_(std::move(root)) {}

    // False on a host without dpkg's database.
    bool exist() const;
    // By path, for those of the paths that are a package's: its name as dpkg has it ("libssl3:amd64").
    Result<std::map<std::string, std::string>> owners(const std::vector<std::string>& paths);
    // Of each, canonical paths, directories included.
    Result<std::map<std::string, std::vector<std::string>>> files_of(
        const std::vector<std::string>& packages);
    // The installed packages that it names under Depends, alternatives included.
    Result<std::vector<std::string>> dependencies_of(const std::string& package);
    // Every host has it: dpkg says Essential, or it is libc.
    Result<bool> is_essential(const std::string& package);
    // The file, below `root`, that changes with what files_of() says.
    static std::string list_file_of(const std::string& package);

private:
    struct Package {
        std::string name;  // as dpkg has it
        bool essential = false;
        std::vector<std::string> depends;
    };
    Result<std::string> ask(std::vector<std::string> arguments) const;
    Result<> load();

    std::string root_;
    bool loaded_ = false;
    std::map<std::string, Package, std::less<>> installed_;  // by bare name
};

// "libssl3:amd64" -> "libssl3"
std::string_view bare_name(std::string_view package);

// The names that a field like "libc6 (>= 2.34), a | b:any" has.
std::vector<std::string> names_in_depends(std::string_view field);

}  // namespace jail::provision
