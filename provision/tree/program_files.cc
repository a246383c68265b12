// SPDX-License-Identifier: Apache-2.0
#include "provision/tree/program_files.h"

#include <fnmatch.h>

#include <algorithm>
#include <set>
#include <vector>

#include "libjail/base/path_name.h"
#include "provision/base/problem.h"
#include "provision/host/debian_packages.h"
#include "provision/tree/package_data.h"

namespace jail::provision {

namespace {

bool matches(const Bundle& bundle, const std::string& path) {
    return std::any_of(bundle.comes_with.begin(), bundle.comes_with.end(), [&path](const auto& pattern) {
        return ::fnmatch(pattern.value.c_str(), path.c_str(), FNM_PATHNAME) == 0;
    });
}

// A program that others start by its path, as git does with /usr/lib/git-core/git-merge.
bool is_helper(const std::string& command) {
    return command.starts_with('/') && std::find(std::begin(kSearchPath), std::end(kSearchPath),
                                                 parent_of(command)) == std::end(kSearchPath);
}

class Companions {
public:
    Companions(CheckedPolicy& checked, BundleLibrary& bundles, Closure& closure, Diagnostics& diagnostics)
        : checked_(checked),
          bundles_(bundles),
          closure_(closure),
          diagnostics_(diagnostics),
          candidates_(bundles.all()),
          had_(checked.bundles.begin(), checked.bundles.end()) {}

    // Adds the bundles that name one of these programs and libraries. True: one of those that the jail has
    // now names the program itself.
    bool add_for(const std::string& program, const std::set<std::string>& needed) {
        bool known = false;
        for (const Bundle* bundle : candidates_)
            for (const std::string& path : needed)
                if (matches(*bundle, path)) {
                    known = known || matches(*bundle, program);
                    add_with_included(*bundle, path);
                    break;
                }
        return known;
    }

    // Programs from elsewhere, which a home that may run them can have, expect these libraries on every
    // Linux.
    void add_for_uploads() {
        for (const Bundle* bundle : candidates_)
            if (bundle->name.value == "runtime" && had_.insert("runtime").second)
                add(*bundle, "home: {exec: true}");
    }

private:
    void add_with_included(const Bundle& bundle, const std::string& path) {
        if (had_.contains(bundle.name.value)) return;
        diagnostics_.note(checked_.policy.jail.at, path + " brings the files of the bundle " +
                                                       bundle.name.value + " along, not its commands");
        for (const Bundle* one : bundles_.resolve({{bundle.name.value, {}}}, diagnostics_))
            if (had_.insert(one->name.value).second) add(*one, path);
    }
    // Scripts among files do not bring their interpreters: a jail does not get a shell by this.
    void add(const Bundle& bundle, const std::string& path) {
        const std::string origin = "bundle " + bundle.name.value + " for " + path;
        for (const auto* commands : {&bundle.commands, &bundle.optional_commands})
            for (const Located<std::string>& command : *commands)
                if (is_helper(command.value)) add_file({command.value, {}, {}, command.at}, origin);
        for (const auto* files : {&bundle.files, &bundle.optional_files})
            for (const FileRequest& file : *files) add_file(file, origin);
        for (const auto& [name, value] : bundle.environment) checked_.environment.emplace(name, value);
    }
    void add_file(const FileRequest& file, const std::string& origin) {
        const Result<> added = closure_.add_file({file, origin, true});
        if (!added && added.error().code() != ENOENT) diagnostics_.add(file.at, describe(added.error()));
    }

    CheckedPolicy& checked_;
    BundleLibrary& bundles_;
    Closure& closure_;
    Diagnostics& diagnostics_;
    std::vector<const Bundle*> candidates_;
    std::set<std::string> had_;
};

// Of the jail's own list, those that are not a command of a bundle that it has.
std::vector<CommandRequest> commands_without_bundle(const CheckedPolicy& checked) {
    const std::string own = "jail " + checked.policy.jail.value;
    std::set<std::string_view> of_bundles;
    for (const CommandRequest& command : checked.commands)
        if (command.origin != own) of_bundles.insert(command.name);
    std::vector<CommandRequest> rest;
    for (const CommandRequest& command : checked.commands)
        if (command.origin == own && !of_bundles.contains(command.name)) rest.push_back(command);
    return rest;
}

// Canonical; empty where it could not be added.
std::string program_of(const CommandRequest& command, const std::set<std::string>& needed,
                       const TreePlan& plan) {
    for (const std::string& path : needed) {
        const std::vector<std::string>& reasons = plan.find(path)->needed_by;
        if (std::find(reasons.begin(), reasons.end(), reason_of(command)) != reasons.end()) return path;
    }
    return {};
}

void note_unknown(const std::vector<std::string>& programs, const CheckedPolicy& checked,
                  Diagnostics& diagnostics) {
    if (programs.empty()) return;
    std::string names;
    for (const std::string& name : programs) names += (names.empty() ? "" : ", ") + name;
    diagnostics.note(
        checked.policy.jail.at,
        "of no Debian package, so that files that are opened at run time are not known: " + names);
}

}  // namespace

Result<> add_program_files(const Layout& layout, CheckedPolicy& checked, BundleLibrary& bundles,
                           HostFiles& files, Closure& closure, TreePlan& plan, Diagnostics& diagnostics) {
    const std::vector<CommandRequest> commands = commands_without_bundle(checked);
    // Then no bundle need be read besides those that the jail includes.
    if (!checked.policy.program_files || (commands.empty() && !checked.policy.home_exec)) return success();
    Companions companions(checked, bundles, closure, diagnostics);
    std::vector<PackagedCommand> rest;
    for (const CommandRequest& command : commands) {
        const std::set<std::string> needed = plan.needed_for(reason_of(command));
        const std::string program = program_of(command, needed, plan);
        if (!program.empty() && !companions.add_for(program, needed))
            rest.push_back({reason_of(command), program, {needed.begin(), needed.end()}});
    }
    if (checked.policy.home_exec) companions.add_for_uploads();
    if (rest.empty()) return success();
    const auto packages = JAIL_TRY(DebianPackages::of(layout.host_root));
    if (packages->empty()) return success();
    const std::vector<std::string> unknown = JAIL_TRY(add_package_data(rest, *packages, files, closure));
    note_unknown(unknown, checked, diagnostics);
    return success();
}

}  // namespace jail::provision
