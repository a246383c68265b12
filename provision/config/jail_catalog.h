// SPDX-License-Identifier: Apache-2.0
// The jails that the configuration directory describes.
#pragma once

#include <string>
#include <vector>

#include "libjail/base/result.h"
#include "provision/base/layout.h"
#include "provision/config/checked_policy.h"
#include "provision/host/file_states.h"

namespace jail::provision {

std::string jail_file(const Layout& layout, const std::string& jail);

// That the directory with the jails' files is there and can be read.
Result<> check_catalog(const Layout& layout);

// Names of <config>/jails/*.yaml, sorted.
std::vector<std::string> jail_names(const Layout& layout);

// The policy of one file on top of jail.yaml's defaults. The states of all files read go into `states`.
Policy load_policy(const Layout& layout, const std::string& path, FileStates& states,
                   Diagnostics& diagnostics);

// jail.yaml's alone.
Policy load_defaults(const Layout& layout, FileStates& states, Diagnostics& diagnostics);

// The directories that root believes must be root's alone; reported as diagnostics.
void check_directories(const Layout& layout, Diagnostics& diagnostics);

// Jails that list the account in `accounts:`. Files that cannot be read are reported.
std::vector<std::string> jails_listing(const Layout& layout, const std::string& account,
                                       Diagnostics& diagnostics);

// "unknown jail 'arkam', did you mean 'arkham'?"
std::string unknown_jail(const Layout& layout, const std::string& name);

}  // namespace jail::provision
