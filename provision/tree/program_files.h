// SPDX-License-Identifier: Apache-2.0
// Files that programs open at run time, and that neither their libraries nor their interpreters tell:
//  - of each bundle that names a program of the tree under `comes_with` its files and variables, but no
//    command: `commands: [rrsync]`, a script of python3's, brings python3's library;
//  - for a command of the jail's own list that no such bundle knows, the data of its Debian package, of its
//    libraries' packages and of those that exist for it (vim-runtime, libmagic-mgc).
// `program_files: false` leaves all of it out.
#pragma once

#include "provision/config/checked_policy.h"
#include "provision/tree/closure.h"

namespace jail::provision {

// The work of one build, after add_policy(). Notes say what came along, and of which commands the files are
// not known.
Result<> add_program_files(const Layout& layout, CheckedPolicy& checked, BundleLibrary& bundles,
                           HostFiles& files, Closure& closure, TreePlan& plan, Diagnostics& diagnostics);

}  // namespace jail::provision
