// SPDX-License-Identifier: Apache-2.0
#include "provision/build/policy_notes.h"

#include <sys/stat.h>

#include <algorithm>

#include "provision/host/account.h"

namespace jail::provision {

namespace {

void note_accounts(const Policy& policy, Diagnostics& diagnostics) {
    for (const Located<std::string>& account : policy.accounts)
        if (const Result<Account> found = find_account(account.value);
            !found && found.error().code() == ENOENT)
            diagnostics.note(account.at, "no such account '" + account.value +
                                             "' on this host; jail-provision add --create makes it");
}

// Programs of the tree have no such bit: the mount is nosuid besides, and sessions have no_new_privs.
void note_setuid(const CheckedPolicy& checked, const TreePlan& plan, HostFiles& files,
                 Diagnostics& diagnostics) {
    for (const auto& [path, entry] : plan.entries()) {
        if (entry.kind != EntryKind::kFile || entry.source.empty() ||
            (files.state(entry.source).mode & S_ISUID) == 0)
            continue;
        for (const CommandRequest& command : checked.commands)
            if (std::find(entry.needed_by.begin(), entry.needed_by.end(), reason_of(command)) !=
                entry.needed_by.end())
                diagnostics.note(command.at, "'" + command.name +
                                                 "' works by its setuid bit, which does not hold in a jail");
    }
}

}  // namespace

void note_policy(const CheckedPolicy& checked, const TreePlan& plan, const Manifest& manifest,
                 HostFiles& files, Diagnostics& diagnostics) {
    note_accounts(checked.policy, diagnostics);
    note_setuid(checked, plan, files, diagnostics);
    if (!checked.policy.access.written && manifest.access.shell && !manifest.access.sftp)
        diagnostics.note(
            checked.policy.jail.at,
            "a shell without sftp: sftp and scp will fail; include the bundle sftp, or decide with "
            "access: {shell: true}");
}

}  // namespace jail::provision
