// SPDX-License-Identifier: Apache-2.0
// Allowlist to tree: follows each command through PATH, symlinks, interpreters and libraries, and adds
// everything that it meets to a TreePlan, with the reason.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "provision/config/checked_policy.h"
#include "provision/host/host_files.h"
#include "provision/host/library_search.h"
#include "provision/tree/tree_plan.h"

namespace jail::provision {

// Where a command that is a name is looked up, in this order.
inline constexpr std::string_view kSearchPath[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                                   "/usr/bin",        "/sbin",          "/bin"};

class Closure {
public:
    Closure(HostFiles& files, TreePlan& plan, const std::vector<std::string>& homes);

    // The host's own top-level symlinks (/bin -> usr/bin), var/tmp, var/run, and the mount point for
    // jailshell.
    Result<> add_base(const std::string& jailshell);
    // `client` of the host, as the jail's sendmail(8). The host has to have a sendmail too.
    Result<> add_sendmail(const std::string& client);
    // `program` of the host, as jail-info(1) of a jail that has a shell.
    Result<> add_info(const std::string& program);
    Result<> add_command(const CommandRequest& command);
    Result<> add_file(const OriginatedFile& wanted);
    // One file of a package: left out where it is missing, secret, the jail's own, or other than what is
    // there already.
    Result<> add_package_file(const std::string& path, const std::string& reason);
    // An empty directory or file for the runtime to mount upon.
    Result<> add_mount_point(const BindMount& mount);

    // The program that PATH gives for a name, canonical; empty if not found.
    std::string look_up(const std::string& name);
    // Names of all programs in PATH, for "did you mean".
    std::vector<std::string> known_commands();

private:
    struct Chain {  // the loaders of the present file, outermost first
        std::vector<std::string> names;
        std::vector<std::string> rpaths;
        // Optional data: a plug-in with libraries that this host does not have cannot be loaded on it either.
        bool may_lack_libraries = false;
    };

    // closure.cc: programs
    Result<std::string> add_program(const std::string& path, const std::string& reason, const Chain& chain);
    Result<> follow_program(const std::string& canonical, const Chain& chain);
    Result<> follow_elf(const std::string& canonical, const ElfFile& elf, const Chain& chain);
    Result<> follow_script(const std::string& canonical, const std::string& head, const Chain& chain);

    // closure_files.cc: data
    Result<WalkEnd> place_path(const std::string& path, const std::string& reason, bool create);
    Result<std::string> place_new(const std::string& path, const std::string& reason);
    Result<> add_host_file(const std::string& canonical, const std::string& at, const std::string& reason);
    Result<> add_found(const std::string& path, const std::string& reason);
    Result<> add_subtree(const std::string& canonical, const std::string& reason);
    Result<> add_child(const std::string& path, const std::string& reason);
    Result<> add_placed(const FileRequest& file, const std::string& reason);
    Result<> follow_data(const std::string& canonical);
    bool mark_followed(const std::string& canonical, const Chain& chain);

    HostFiles& files_;
    TreePlan& plan_;
    LibrarySearch libraries_;
    std::vector<std::string> homes_;
    std::set<std::string> followed_;  // programs and libraries, with the RPATHs they were reached by
    bool adding_optional_ = false;
    std::set<std::string> walked_;  // directories that were added with all below them
};

}  // namespace jail::provision
