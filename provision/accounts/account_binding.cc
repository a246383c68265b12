// SPDX-License-Identifier: Apache-2.0
#include "provision/accounts/account_binding.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>

#include "libjail/base/clock.h"
#include "provision/accounts/instance_hold.h"
#include "provision/accounts/instance_state.h"
#include "provision/accounts/running_jail.h"
#include "provision/base/child_process.h"
#include "provision/base/file_io.h"
#include "provision/base/log.h"
#include "provision/base/problem.h"
#include "provision/base/replacement.h"
#include "provision/base/signal_block.h"
#include "provision/base/undo.h"
#include "provision/host/account_processes.h"
#include "provision/host/login_shell.h"
#include "provision/host/outside.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

// The shell of an account that never had another one than the jail's.
constexpr char kNoLogin[] = "/usr/sbin/nologin";

constexpr std::size_t kHeldAtOnce = 256;  // each is an open file

// The jail's tree must leave room for the home.
Result<> check_tree(const Layout& layout, const Manifest& manifest, const Account& account) {
    const std::string place = tree_path(layout, manifest.tree) + account.home;
    struct stat status = {};
    if (::lstat(place.c_str(), &status) != 0) return success();
    if (S_ISDIR(status.st_mode) && names_in(place).empty()) return success();
    return problem("jail '" + manifest.jail + "' has files of its own at " + account.home +
                   ", the home of '" + account.name + "'; take them off its files:");
}

Result<> check_trees(const Layout& layout, const std::vector<Binding>& bindings) {
    std::map<std::string, Manifest> manifests;
    for (const Binding& binding : bindings) {
        auto known = manifests.find(binding.jail);
        if (known == manifests.end()) {
            Manifest manifest = JAIL_TRY(published_manifest(layout, binding.jail));
            known = manifests.emplace(binding.jail, std::move(manifest)).first;
        }
        JAIL_TRY(check_tree(layout, known->second, binding.account));
    }
    return success();
}

Result<> create_account(const Layout& layout, Binding& binding, Undo& undo) {
    const std::string name = binding.account.name;
    // Without -p the password is locked. Mode 0700 whatever login.defs says.
    JAIL_TRY(
        run_program({"/usr/sbin/useradd", "-m", "-K", "HOME_MODE=0700", "-s", layout.jailshell, "--", name}));
    undo.push([name] {
        if (const Result<> gone = run_program({"/usr/sbin/userdel", "-r", "--", name}); !gone)
            log_error("undoing: " + describe(gone.error()) + "; remove the account '" + name + "' by hand");
    });
    binding.account = JAIL_TRY(find_account(name));
    return check_home(binding.account);
}

BindingNote note_of(const Layout& layout, const Binding& binding) {
    // The shell may have been set by hand before: then only jailshell is known.
    const bool had_none = binding.create || binding.account.shell == layout.jailshell;
    BindingNote note = {had_none ? kNoLogin : binding.account.shell, binding.by_hand};
    if (binding.create) return note;  // an older note of this uid is another account's
    // Also without a record: one that was damaged, or not yet written by a run that was killed.
    const BindingNote before = find_note(layout, binding.account.uid);
    // A shell that switches the account off is not the previous shell.
    const bool off = !binding.bound_to.empty() && switches_off(binding.account.shell);
    if ((had_none || off) && !before.previous_shell.empty()) note.previous_shell = before.previous_shell;
    return note;
}

Result<> write_bindings(const Layout& layout, const std::vector<Binding>& bindings, Undo& undo) {
    std::vector<NotedRecord> records;
    for (const Binding& binding : bindings) {
        const Account& account = binding.account;
        records.push_back({{account.name, account.uid, binding.jail}, note_of(layout, binding)});
    }
    return write_records(layout, records, undoable(undo));
}

// Changes the shells of `accounts` to what `wanted` says, and remembers how to take that back.
Result<> change_shells(const Layout& layout, const std::vector<ShellChange>& changes, Undo& undo) {
    std::vector<ShellChange> back;
    for (const ShellChange& change : changes) back.push_back({change.account, change.account.shell});
    undo.push([&layout, back] {
        if (const auto done = set_login_shells(layout, back); !done)
            log_error("undoing: " + describe(done.error()) + "; check the login shells with getent passwd");
    });
    for (const std::string& name : JAIL_TRY(set_login_shells(layout, changes)))
        log_notice("'" + name + "' is not in " + layout.passwd_file +
                   ", its login shell stays as the directory service has it");
    return success();
}

// The account's own systemd manager, if one runs, would go on executing its units on the host. No new one
// starts once the record is there (config/systemd/user-of-jail.conf).
Result<> end_user_manager(uid_t uid) {
    const std::string id = std::to_string(uid);
    if (::access(("/run/user/" + id + "/systemd").c_str(), F_OK) != 0) return success();
    return run_program({"/usr/bin/systemctl", "stop", "user@" + id + ".service"});
}

// Of accounts that come into a jail. Their records stand: what runs outside now got there before.
Result<> settle_outside(std::vector<Binding>& bindings, Outside outside) {
    if (outside == Outside::kLeave) return success();
    const auto arrives = [](const Binding& binding) { return binding.arrives(); };
    if (std::none_of(bindings.begin(), bindings.end(), arrives)) return success();
    if (outside == Outside::kEnd)
        for (Binding& binding : bindings)
            if (binding.arrives())
                binding.ended = JAIL_TRY(end_processes(binding.account.uid, Whose::kOutside));
    const ProcessTable processes = JAIL_TRY(ProcessTable::read());
    for (const Binding& binding : bindings)
        if (binding.arrives())
            for (const OutsideFinding& found : processes_outside(binding.account, processes, true))
                return problem(found.text + "; " + found.cure + ", or say --force");
    return success();
}

// A door that just ended can be in the control group for an instant longer than its session.
bool something_runs_inside(std::uint32_t uid) {
    constexpr int kRounds = 100;
    for (int round = 0; round < kRounds; ++round) {
        const auto inside = processes_in_jail(uid);
        if (inside && inside.value() == 0) return false;
        pause_for(20ms);
    }
    return true;
}

// The order matters. While the record exists every door jails the account; while its jail is held the account
// has no process there and cannot start one. So a process of a jailed session never meets an unjailed login.
// The shells before the records: pam_jail jails an account that still has its record, with any shell.
Result<> unbind_some(const Layout& layout, std::span<const Unbinding> unbindings, bool end_sessions,
                     Undo& undo) {
    std::vector<ShellChange> changes;
    std::vector<std::uint32_t> uids;
    std::vector<std::string> deleted;
    std::vector<InstanceHold> held;
    for (const Unbinding& unbinding : unbindings) {
        const AccountRecord& record = unbinding.record;
        uids.push_back(record.uid);
        if (!unbinding.former_uid) {
            if (!end_sessions) JAIL_TRY(check_nobody_inside(layout, record));
            held.push_back(JAIL_TRY(InstanceHold::take(layout, record.uid, record.account)));
        }
        const Result<Account> account = find_account(record.account);
        const bool same = account && account.value().uid == record.uid;
        if (!same) continue;  // gone, or another account of that name: it is not changed
        if (unbinding.delete_account)
            deleted.push_back(record.account);
        else if (account.value().shell == layout.jailshell)
            changes.push_back({account.value(), unbinding.shell});  // one chosen since stays
    }
    JAIL_TRY(change_shells(layout, changes, undo));
    // This cannot be taken back. The record of a deleted account has no effect, and the next remove deletes
    // it.
    for (const std::string& name : deleted) JAIL_TRY(run_program({"/usr/sbin/userdel", "--", name}));
    return remove_records(layout, uids, undoable(undo));
}

}  // namespace

Result<> find_present_binding(const Layout& layout, Binding& binding) {
    const Result<AccountRecord> record = find_record(layout, binding.account.uid);
    if (!record) return success();  // or one that is damaged, and is written anew
    if (record.value().account != binding.account.name)
        return problem("uid " + std::to_string(binding.account.uid) + " is bound as '" +
                       record.value().account + "'; run jail-provision remove " + record.value().account +
                       " first");
    binding.bound_to = record.value().jail;
    return success();
}

Result<Account> find_jailable(const std::string& name, bool system_allowed) {
    JAIL_TRY(check_account_name(name));
    Account account = JAIL_TRY(find_account(name));
    JAIL_TRY(check_account(account, system_allowed));
    JAIL_TRY(check_home(account));
    return account;
}

// Everything from here on is made whole, or taken back whole.
Result<> bind_accounts(const Layout& layout, std::vector<Binding>& bindings, Outside outside) {
    const SignalBlock no_signals;
    Undo undo;
    for (Binding& binding : bindings)
        if (binding.create) JAIL_TRY(create_account(layout, binding, undo));
    JAIL_TRY(check_trees(layout, bindings));
    JAIL_TRY(write_bindings(layout, bindings, undo));
    std::vector<ShellChange> changes;
    for (const Binding& binding : bindings)
        if (binding.account.shell != layout.jailshell && !binding.keep_shell)
            changes.push_back({binding.account, layout.jailshell});
    JAIL_TRY(change_shells(layout, changes, undo));
    for (const Binding& binding : bindings) JAIL_TRY(end_user_manager(binding.account.uid));
    JAIL_TRY(settle_outside(bindings, outside));
    if (SignalBlock::interrupted()) return problem("interrupted; nothing was changed");
    undo.keep();
    return success();
}

Unbinding plan_unbinding(const Layout& layout, const AccountRecord& record) {
    const BindingNote note = find_note(layout, record.uid);
    return {record, note.previous_shell.empty() ? kNoLogin : note.previous_shell, false, false};
}

bool switches_off(const std::string& shell) {
    const std::string name = shell.substr(shell.rfind('/') + 1);
    return name == "nologin" || name == "false";
}

Result<> check_nobody_inside(const Layout& layout, const AccountRecord& record) {
    if (has_sessions(layout, record.uid))
        return problem("account '" + record.account + "' has open sessions; " + how_to_end(record.account));
    if (something_runs_inside(record.uid))
        return problem("account '" + record.account + "' has processes in its jail (linger); " +
                       how_to_end(record.account));
    return success();
}

Result<> unbind_accounts(const Layout& layout, const std::vector<Unbinding>& unbindings, bool end_sessions) {
    const SignalBlock no_signals;
    Undo undo;
    const std::span<const Unbinding> all(unbindings);
    for (std::size_t first = 0; first < all.size(); first += kHeldAtOnce)
        JAIL_TRY(unbind_some(layout, all.subspan(first, std::min(kHeldAtOnce, all.size() - first)),
                             end_sessions, undo));
    undo.keep();
    return success();
}

}  // namespace jail::provision
