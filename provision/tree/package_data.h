// SPDX-License-Identifier: Apache-2.0
// The data that Debian's packages have for a program: what its own package installs beside it, what the
// packages of its libraries do (modules that they load by name), and those that exist for either.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "provision/host/debian_packages.h"
#include "provision/tree/closure.h"

namespace jail::provision {

struct PackagedCommand {
    std::string reason;               // for which the program is in the tree
    std::string program;              // canonical
    std::vector<std::string> needed;  // it, its interpreter and its libraries
};

// Adds the data for all of them. A program of a package that every Debian has needs none. Returns the
// programs that are of no package, so that what they open is not known.
Result<std::vector<std::string>> add_package_data(const std::vector<PackagedCommand>& commands,
                                                  const DebianPackages& packages, HostFiles& files,
                                                  Closure& closure);

// Whether a file of a package is data that its programs may read: not a command, not a library, not
// documentation, not what other programs of the host read.
bool is_program_data(std::string_view path);

// Whether `dependency`, of `package`, exists for that package's programs: vim-runtime for vim, libmagic-mgc
// for libmagic1, nmap-common.
bool belongs_to(std::string_view dependency, std::string_view package);

}  // namespace jail::provision
