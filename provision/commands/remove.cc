#include <cstdio>

#include "provision/account.h"
#include "provision/account_records.h"
#include "provision/child_process.h"
#include "provision/commands/report.h"
#include "provision/instance_state.h"
#include "provision/log.h"
#include "provision/login_shell.h"
#include "provision/problem.h"
#include "provision/signal_block.h"
#include "provision/undo.h"

namespace jail::provision {

namespace {

constexpr char kNoLogin[] = "/usr/sbin/nologin";

// By the record's own name: the account itself may be gone already.
Result<AccountRecord> find_bound(const Layout& layout, const std::string& name) {
    std::vector<std::string> damaged;
    for (AccountRecord& record : all_records(layout, damaged))
        if (record.account == name) return std::move(record);
    for (const std::string& path : damaged)
        log_notice(path + " is damaged; remove it by hand if it belongs to the account");
    return problem("account '" + name + "' is in no jail; jail-provision list shows those that are");
}

Result<> restore_shell(const Layout& layout, const Account& account, const std::string& shell, Undo& undo) {
    if (account.shell != layout.jailshell)
        return success();  // somebody chose another one since: theirs stays
    undo.push([&layout, account, shell] {
        Account changed = account;
        changed.shell = shell;
        (void)set_login_shell(layout, changed, layout.jailshell);
    });
    return set_login_shell(layout, account, shell);
}

// The shell first: an account that still has its record is jailed by pam_jail whatever its shell is.
Result<> commit(const Layout& layout, const AccountRecord& record, const std::string& shell,
                bool delete_account) {
    const SignalBlock no_signals;
    Undo undo;
    const Result<Account> account = find_account(record.account);
    const bool same = account && account.value().uid == record.uid;
    if (same && !delete_account) JAIL_TRY(restore_shell(layout, account.value(), shell, undo));
    if (same && delete_account) JAIL_TRY(run_program({"/usr/sbin/userdel", "--", record.account}));
    JAIL_TRY(remove_record(layout, record.uid));
    undo.keep();
    forget_shell(layout, record.uid);
    return success();
}

}  // namespace

int remove_command(const Layout& layout, const CommonOptions& common, const RemoveOptions& options) {
    Result<AccountRecord> record = find_bound(layout, options.account);
    if (!record) return fail(record.error());
    if (instance_runs(layout, record->uid) && !options.force)
        return fail(problem("account '" + options.account +
                            "' has a running jail; end its sessions first (loginctl "
                            "terminate-user " +
                            options.account + "), or say --force and they end by themselves"));
    const Result<std::string> remembered = remembered_shell(layout, record->uid);
    const std::string shell = remembered && !remembered.value().empty() ? remembered.value() : kNoLogin;
    if (common.dry_run) {
        std::printf("would take %s out of jail %s and %s\n", options.account.c_str(), record->jail.c_str(),
                    options.delete_account ? "delete the account (its home stays)"
                                           : ("give it the login shell " + shell + " back").c_str());
        return 0;
    }
    const Result<StateLock> lock = lock_state(layout, common);
    if (!lock) return fail(lock.error());
    if (const Result<> done = commit(layout, record.value(), shell, options.delete_account); !done)
        return fail(done.error());
    std::printf("%s: no longer in jail %s%s\n", options.account.c_str(), record->jail.c_str(),
                options.delete_account ? ", account deleted, home kept" : "");
    return 0;
}

}  // namespace jail::provision
