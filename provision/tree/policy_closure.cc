// SPDX-License-Identifier: Apache-2.0
#include "provision/tree/policy_closure.h"

#include "provision/base/nearest_name.h"
#include "provision/base/problem.h"
#include "provision/host/known_packages.h"

namespace jail::provision {

namespace {

std::string how_to_get(const std::string& command) {
    const std::string_view package = package_of(command);
    if (package.empty()) return "; install the package that has it, or take it off the list";
    return "; install the package " + std::string(package);
}

void report_missing(const CommandRequest& command, Closure& closure, Diagnostics& diagnostics) {
    std::string text = "unknown command '" + command.name + "' (" + command.origin + ")";
    const bool path = command.name.find('/') != std::string::npos;
    const std::string nearest = path ? "" : nearest_name(command.name, closure.known_commands());
    text += path ? ": no such file on this host" : ": in no directory of PATH on this host";
    const std::string hint = how_to_get(command.name);
    const bool package_known = hint.find("package that") == std::string::npos;
    text += !package_known && !nearest.empty() ? ", did you mean '" + nearest + "'?" : hint;
    diagnostics.add(command.at, text);
}

}  // namespace

void add_policy(const Layout& layout, const CheckedPolicy& checked, Closure& closure,
                Diagnostics& diagnostics) {
    if (const Result<> base = closure.add_base(layout.jailshell); !base)
        diagnostics.add(checked.policy.jail.at, describe(base.error()));
    if (checked.policy.mail)
        if (const Result<> added = closure.add_sendmail(layout.sendmail_of_jails); !added)
            diagnostics.add(checked.policy.positions.at("mail"), describe(added.error()));
    for (const CommandRequest& command : checked.commands) {
        const Result<> added = closure.add_command(command);
        if (added || (command.optional && added.error().code() == ENOENT)) continue;
        if (added.error().code() == ENOENT)
            report_missing(command, closure, diagnostics);
        else
            diagnostics.add(command.at, "command '" + command.name + "' (" + command.origin +
                                            "): " + describe(added.error()));
    }
    for (const OriginatedFile& wanted : checked.files)
        if (const Result<> added = closure.add_file(wanted); !added) {
            const bool known = added.error().code() == ENOENT && !package_of(wanted.file.path).empty();
            diagnostics.add(wanted.file.at, wanted.origin + ": " + describe(added.error()) +
                                                (known ? how_to_get(wanted.file.path) : ""));
        }
    for (const MountRequest& request : checked.policy.mounts)
        if (const Result<> added = closure.add_mount_point(request.mount); !added)
            diagnostics.add(request.at, describe(added.error()));
}

}  // namespace jail::provision
