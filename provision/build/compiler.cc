// SPDX-License-Identifier: Apache-2.0
#include "provision/build/compiler.h"

#include <algorithm>

#include "provision/host/link_resolution.h"
#include "provision/syscalls/seccomp_filter.h"

namespace jail::provision {

namespace {

constexpr const char* kDefaultPass[] = {"LANG", "LC_*", "TERM"};
constexpr const char* kSftpServers[] = {"/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server",
                                        "/usr/libexec/sftp-server", "/usr/lib/ssh/sftp-server"};

bool runnable(const TreePlan& plan, const std::string& path) {
    const TreeEntry* entry = plan.find(resolve_in_plan(plan, path));
    return entry && entry->kind == EntryKind::kFile && entry->executable;
}

std::string find_shell(const CheckedPolicy& checked, const TreePlan& plan, Diagnostics& diagnostics) {
    const Located<std::string>& wanted = checked.policy.shell;
    if (!wanted.value.empty()) {
        if (runnable(plan, wanted.value)) return wanted.value;
        diagnostics.add(wanted.at,
                        "the shell " + wanted.value + " is not a program of this jail; add it to commands");
        return {};
    }
    for (const char* shell : {"/bin/bash", "/usr/local/bin/bash", "/bin/sh"})
        if (runnable(plan, shell)) return shell;
    return {};
}

std::string find_sftp_server(const TreePlan& plan) {
    for (const char* path : kSftpServers)
        if (runnable(plan, path)) return path;
    return {};
}

bool has_program(const TreePlan& plan, const std::string& name) {
    return std::any_of(std::begin(kProgramDirectories), std::end(kProgramDirectories),
                       [&](const std::string& directory) { return runnable(plan, directory + name); });
}

// Without `access:`, a jail allows a shell and sftp, as far as its tree has them.
Access compile_access(const AccessRequest& request, const Manifest& manifest) {
    if (!request.written)
        return {!manifest.shell.empty(), !manifest.sftp_server.empty(), false, false, false};
    return {request.shell.value_or(false), request.sftp.value_or(false), request.scp.value_or(false),
            request.rsync.value_or(false), request.git.value_or(false)};
}

// Programs that jailshell itself starts where there is no shell. The shipped bundles contain them; a bundle
// of the host may not.
void check_programs(const Access& access, const TreePlan& plan, const Position& at,
                    Diagnostics& diagnostics) {
    const std::pair<bool, const char*> programs[] = {{access.scp, "scp"},
                                                     {access.rsync, "rsync"},
                                                     {access.git, "git-upload-pack"},
                                                     {access.git, "git-receive-pack"},
                                                     {access.git, "git-upload-archive"}};
    if (access.shell) return;
    for (const auto& [wanted, name] : programs)
        if (wanted && !has_program(plan, name))
            diagnostics.add(at, std::string("access needs ") + name + ", which is not in this jail's " +
                                    "/usr/local/bin or /usr/bin; add it to commands");
}

void check_access(const CheckedPolicy& checked, const TreePlan& plan, const Manifest& manifest,
                  Diagnostics& diagnostics) {
    const Position& at = checked.policy.access.written ? checked.policy.access.at : checked.policy.jail.at;
    if (manifest.access.shell && manifest.shell.empty())
        diagnostics.add(at, "access has shell: true, but the jail has no shell; add bash to commands");
    if (manifest.access.sftp && manifest.sftp_server.empty())
        diagnostics.add(at,
                        "access has sftp: true, but the jail has no sftp-server; include the bundle sftp");
    check_programs(manifest.access, plan, at, diagnostics);
    if (!manifest.access.any())
        diagnostics.add(
            at, "nobody could log in: neither a shell nor sftp; add bash to commands, or include sftp");
}

}  // namespace

std::string resolve_in_plan(const TreePlan& plan, const std::string& path) {
    const auto target_of = [&plan](const std::string& place) {
        const TreeEntry* entry = plan.find(place);
        const bool link = entry && entry->kind == EntryKind::kSymlink;
        return link ? std::optional(entry->text) : std::nullopt;
    };
    std::string resolved = resolve_links(path, target_of).path;
    return plan.find(resolved) ? resolved : std::string();
}

Result<Manifest> compile(const CheckedPolicy& checked, const TreePlan& plan, Diagnostics& diagnostics) {
    const Policy& policy = checked.policy;
    Manifest manifest;
    manifest.jail = policy.jail.value;
    manifest.hostname = policy.hostname.value.empty() ? policy.jail.value : policy.hostname.value;
    manifest.shell = find_shell(checked, plan, diagnostics);
    manifest.sftp_server = find_sftp_server(plan);
    manifest.access = compile_access(policy.access, manifest);
    check_access(checked, plan, manifest, diagnostics);
    static_cast<Settings&>(manifest) = policy;
    manifest.limits = checked.limits;
    manifest.hours = policy.hours;
    manifest.message = policy.message;
    for (const MountRequest& request : policy.mounts) manifest.mounts.push_back(request.mount);
    manifest.environment_pass.assign(std::begin(kDefaultPass), std::end(kDefaultPass));
    if (policy.environment_pass) manifest.environment_pass = *policy.environment_pass;
    for (const auto& [name, value] : checked.environment) manifest.environment_set.push_back({name, value});
    SyscallPolicy syscalls;
    for (const Located<std::string>& name : policy.syscalls_allow) syscalls.allow.push_back(name.value);
    for (const Located<std::string>& name : policy.syscalls_deny) syscalls.deny.push_back(name.value);
    manifest.seccomp = JAIL_TRY(compile_seccomp_filter(syscalls, policy.home_exec,
                                                       policy.user_namespace == UserNamespace::kFakeroot));
    return manifest;
}

}  // namespace jail::provision
