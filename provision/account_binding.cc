#include "provision/account_binding.h"

#include <sys/stat.h>
#include <unistd.h>

#include <map>

#include "provision/child_process.h"
#include "provision/file_io.h"
#include "provision/log.h"
#include "provision/login_shell.h"
#include "provision/problem.h"
#include "provision/publisher.h"
#include "provision/replacement.h"
#include "provision/signal_block.h"
#include "provision/undo.h"

namespace jail::provision {

namespace {

// What an account gets back that never had another shell than the jail's.
constexpr char kNoLogin[] = "/usr/sbin/nologin";

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
    // Somebody may have set the shell by hand before: then jailshell is all that is known.
    const bool had_none = binding.create || binding.account.shell == layout.jailshell;
    BindingNote note = {had_none ? kNoLogin : binding.account.shell, binding.by_hand};
    if (binding.create) return note;  // what is there of this uid was another account's
    // Also without a record: one that was damaged, or not yet written by a run that was killed.
    const BindingNote before = find_note(layout, binding.account.uid);
    if (had_none && !before.previous_shell.empty()) note.previous_shell = before.previous_shell;
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
Result<> bind_accounts(const Layout& layout, std::vector<Binding>& bindings) {
    const SignalBlock no_signals;
    Undo undo;
    for (Binding& binding : bindings)
        if (binding.create) JAIL_TRY(create_account(layout, binding, undo));
    JAIL_TRY(check_trees(layout, bindings));
    JAIL_TRY(write_bindings(layout, bindings, undo));
    std::vector<ShellChange> changes;
    for (const Binding& binding : bindings)
        if (binding.account.shell != layout.jailshell) changes.push_back({binding.account, layout.jailshell});
    JAIL_TRY(change_shells(layout, changes, undo));
    for (const Binding& binding : bindings) JAIL_TRY(end_user_manager(binding.account.uid));
    if (SignalBlock::interrupted()) return problem("interrupted; nothing was changed");
    undo.keep();
    return success();
}

Unbinding plan_unbinding(const Layout& layout, const AccountRecord& record) {
    const BindingNote note = find_note(layout, record.uid);
    return {record, note.previous_shell.empty() ? kNoLogin : note.previous_shell, false, false};
}

// The shells first: an account that still has its record is jailed by pam_jail whatever its shell is.
Result<> unbind_accounts(const Layout& layout, const std::vector<Unbinding>& unbindings) {
    const SignalBlock no_signals;
    Undo undo;
    std::vector<ShellChange> changes;
    std::vector<std::uint32_t> uids;
    std::vector<std::string> deleted;
    for (const Unbinding& unbinding : unbindings) {
        uids.push_back(unbinding.record.uid);
        const Result<Account> account = find_account(unbinding.record.account);
        const bool same = account && account.value().uid == unbinding.record.uid;
        if (!same) continue;  // gone, or another one of its name: neither is ours to change
        if (unbinding.delete_account)
            deleted.push_back(unbinding.record.account);
        else if (account.value().shell == layout.jailshell)
            changes.push_back({account.value(), unbinding.shell});  // one chosen since stays
    }
    JAIL_TRY(change_shells(layout, changes, undo));
    // Not to be taken back. The record of a deleted account binds nobody, and goes with the next remove.
    for (const std::string& name : deleted) JAIL_TRY(run_program({"/usr/sbin/userdel", "--", name}));
    JAIL_TRY(remove_records(layout, uids, undoable(undo)));
    undo.keep();
    return success();
}

}  // namespace jail::provision
