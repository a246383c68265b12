// SPDX-License-Identifier: Apache-2.0
#include "provision/config/checked_policy.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "libjail/policy/name_service.h"
#include "libjail/policy/terminal_limits.h"
#include "provision/base/problem.h"
#include "provision/host/account.h"
#include "provision/syscalls/syscall_groups.h"
#include "provision/syscalls/syscall_names.h"

namespace jail::provision {

namespace {

constexpr char kImplicitBundle[] = "uidbasics";

struct AccessBundle {
    const char* name;
    std::optional<bool> AccessRequest::*wanted;
    const char* without_shell;
};

// `access: {scp: true}` brings the bundle of that name, or, if the account could not run the rest of it, a
// smaller one.
constexpr AccessBundle kAccessBundles[] = {
    {"sftp", &AccessRequest::sftp, "sftp"},
    {"scp", &AccessRequest::scp, "scp"},
    {"rsync", &AccessRequest::rsync, "rsync"},
    {"git", &AccessRequest::git, "git-server"},
};

void add_access_bundles(Policy& policy, Diagnostics& diagnostics) {
    for (const AccessBundle& kind : kAccessBundles) {
        const std::optional<bool> wanted = policy.access.*kind.wanted;
        if (!wanted.has_value()) continue;
        const auto same = [&](const Located<std::string>& name) { return name.value == kind.name; };
        const bool included = std::any_of(policy.include.begin(), policy.include.end(), same);
        if (!*wanted && included)
            diagnostics.add(policy.access.at, "conflict: access says " + std::string(kind.name) +
                                                  ": false, include names the bundle " + kind.name);
        const char* bundle = policy.access.shell.value_or(false) ? kind.name : kind.without_shell;
        if (*wanted && !included) policy.include.push_back({bundle, policy.access.at});
    }
}

void add_requests(const Bundle& bundle, CheckedPolicy& checked) {
    const std::string origin = "bundle " + bundle.name.value;
    for (const auto& command : bundle.commands)
        checked.commands.push_back({command.value, origin, command.at, false});
    for (const auto& command : bundle.optional_commands)
        checked.commands.push_back({command.value, origin, command.at, true});
    for (const FileRequest& file : bundle.files) checked.files.push_back({file, origin, false});
    for (const FileRequest& file : bundle.optional_files) checked.files.push_back({file, origin, true});
    for (const auto& [name, value] : bundle.environment) checked.environment[name] = value;
}

void check_hostname(const Policy& policy, Diagnostics& diagnostics) {
    const std::string& name = policy.hostname.value;
    const bool good = name.size() <= 64 && !name.starts_with('-') &&
                      std::all_of(name.begin(), name.end(),
                                  [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '.'; });
    if (!good)
        diagnostics.add(policy.hostname.at,
                        "found '" + name + "', expected a hostname: letters, digits, - and ., at most 64");
}

void check_paths(const CheckedPolicy& checked, Diagnostics& diagnostics) {
    for (const OriginatedFile& wanted : checked.files) {
        for (const std::string& path : {wanted.file.path, wanted.file.source})
            if (!path.empty() && !valid_absolute_path(path))
                diagnostics.add(wanted.file.at,
                                "found '" + path + "', expected an absolute path without . and ..");
    }
    const std::string& shell = checked.policy.shell.value;
    if (!shell.empty() && !valid_absolute_path(shell))
        diagnostics.add(checked.policy.shell.at, "found shell '" + shell + "', expected an absolute path");
}

void check_limits(const Policy& policy, Diagnostics& diagnostics) {
    const Located<std::uint64_t>&memory = policy.limits.memory_bytes, &swap = policy.limits.swap_bytes;
    if (is_written(swap) && swap.value != kNotLimited && is_written(memory) && memory.value == kNotLimited)
        diagnostics.add(swap.at,
                        "swap is what a jail may have beside its memory; expected a limit of memory too, or "
                        "swap: none");
    const Located<std::uint64_t>& sessions = policy.limits.sessions;
    const std::string most = std::to_string(terminal_limits::kMostInstances);
    if (policy.instance_per_session && is_written(sessions) && sessions.value != kNotLimited &&
        sessions.value > terminal_limits::kMostInstances)
        diagnostics.add(sessions.at, "conflict: sessions says " + std::to_string(sessions.value) +
                                         ", and with instance: session an account has " + most +
                                         " at most; expected sessions: " + most +
                                         " or fewer, or instance: account");
}

// A tracer of jailshell has its registers, and no trace is left of that (supervisor/fakeroot_requests.cc).
void check_nobody_traces(const Policy& policy, Diagnostics& diagnostics) {
    if (policy.user_namespace != UserNamespace::kFakeroot) return;
    for (const Located<std::string>& name : policy.syscalls_allow)
        if (name.value == kTracingCall || find_refused_group(name.value) == group_of_call(kTracingCall))
            diagnostics.add(name.at,
                            "conflict: user_namespace: fakeroot cannot be combined with syscalls: {allow: [" +
                                name.value + "]}, which lets programs be traced; remove one");
}

void check_duplicates(const std::vector<Located<std::string>>& names, const std::string& kind,
                      Diagnostics& diagnostics) {
    std::set<std::string_view> seen;
    for (const Located<std::string>& name : names)
        if (!seen.insert(name.value).second)
            diagnostics.add(name.at, kind + " '" + name.value + "' is listed twice");
}

void find_groups(CheckedPolicy& checked, Diagnostics& diagnostics) {
    for (const Located<std::string>& group : checked.policy.groups) {
        const Result<gid_t> gid = name_service::group_id(group.value);
        if (!gid && gid.error().code() != ENOENT)
            diagnostics.add(group.at, describe(gid.error()));
        else if (!gid)
            diagnostics.add(group.at, "no such group '" + group.value + "' on this host");
        else if (gid.value() == 0)
            diagnostics.add(group.at, "group '" + group.value + "' has gid 0: root is never jailed");
        else
            checked.groups.push_back({group.value, gid.value(), checked.policy.jail.value});
    }
}

void find_source_owner(CheckedPolicy& checked, Diagnostics& diagnostics) {
    const Located<std::string>& name = checked.policy.source_owner;
    if (name.value.empty()) return;
    const Result<Account> owner = find_account(name.value);
    if (!owner && owner.error().code() != ENOENT)
        diagnostics.add(name.at, describe(owner.error()));
    else if (!owner)
        diagnostics.add(name.at,
                        "no such account '" + name.value + "' on this host; expected one as source_owner");
    else if (owner.value().uid == 0)
        diagnostics.add(name.at, "root's files are copied without source_owner; take it away");
    else
        checked.source_owner = owner.value().uid;
}

}  // namespace

CheckedPolicy check_policy(Policy policy, BundleLibrary& library, Diagnostics& diagnostics) {
    CheckedPolicy checked;
    add_access_bundles(policy, diagnostics);
    check_duplicates(policy.accounts, "account", diagnostics);
    check_duplicates(policy.groups, "group", diagnostics);
    check_hostname(policy, diagnostics);
    check_limits(policy, diagnostics);
    check_syscall_names(policy.syscalls_allow, policy.syscalls_deny, diagnostics);
    check_nobody_traces(policy, diagnostics);
    std::vector<Located<std::string>> include = {{kImplicitBundle, policy.jail.at}};
    include.insert(include.end(), policy.include.begin(), policy.include.end());
    for (const Bundle* bundle : library.resolve(include, diagnostics)) {
        checked.bundles.push_back(bundle->name.value);
        add_requests(*bundle, checked);
    }
    const std::string origin = "jail " + policy.jail.value;
    for (const auto& command : policy.commands)
        checked.commands.push_back({command.value, origin, command.at, false});
    for (const FileRequest& file : policy.files) checked.files.push_back({file, origin, false});
    for (const auto& [name, value] : policy.environment_set) checked.environment[name] = value;
    for (const Located<std::string>& account : policy.accounts)
        if (const Result<Account> found = find_account(account.value); found)
            checked.homes.push_back(found.value().home);
    checked.policy = std::move(policy);
    find_groups(checked, diagnostics);
    find_source_owner(checked, diagnostics);
    check_paths(checked, diagnostics);
    return checked;
}

}  // namespace jail::provision
