#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "provision/account.h"
#include "provision/account_records.h"
#include "provision/child_process.h"
#include "provision/commands/report.h"
#include "provision/file_io.h"
#include "provision/jail_build.h"
#include "provision/jail_catalog.h"
#include "provision/log.h"
#include "provision/login_shell.h"
#include "provision/problem.h"
#include "provision/publisher.h"
#include "provision/signal_block.h"
#include "provision/undo.h"

namespace jail::provision {

namespace {

// What an account gets back that never had another shell than the jail's.
constexpr char kNoLogin[] = "/usr/sbin/nologin";

struct Binding {
    Account account;
    std::string jail;
    bool create = false;
    bool bound_already = false;
};

Result<std::string> choose_jail(const Layout& layout, const AddOptions& options, Diagnostics& diagnostics) {
    if (!options.jail.empty() && !valid_jail_name(options.jail))
        return problem(unknown_jail(layout, options.jail));
    const std::vector<std::string> listing = jails_listing(layout, options.account, diagnostics);
    for (const std::string& jail : listing)
        if (jail != (options.jail.empty() ? listing.front() : options.jail))
            return problem("account '" + options.account + "' is listed in " + jail_file(layout, jail) +
                           "; an account is in one jail: take it off there, or leave --jail out");
    if (!options.jail.empty()) {
        if (::access(jail_file(layout, options.jail).c_str(), F_OK) != 0)
            return problem(unknown_jail(layout, options.jail));
        return options.jail;
    }
    if (!listing.empty()) return listing.front();
    if (!diagnostics.empty())
        return problem("no jail that can be read lists '" + options.account + "'; correct the lines above");
    return problem("no jail lists '" + options.account + "'; name it under accounts: in " +
                   layout.config_dir + "/jails/*.yaml, or say --jail NAME");
}

Result<> check_record(const Layout& layout, Binding& binding) {
    const Result<AccountRecord> record = find_record(layout, binding.account.uid);
    if (!record)
        return record.error().code() == ENOENT ? success()
                                               : Result<>(in_context("account record", record.error()));
    if (record.value().account != binding.account.name)
        return problem("uid " + std::to_string(binding.account.uid) + " is bound as '" +
                       record.value().account + "'; run jail-provision remove " + record.value().account +
                       " first");
    if (record.value().jail != binding.jail)
        return problem("account '" + binding.account.name + "' is in jail '" + record.value().jail +
                       "' already; run jail-provision remove " + binding.account.name + " first");
    binding.bound_already = true;
    return success();
}

Result<Binding> plan_binding(const Layout& layout, const AddOptions& options, Diagnostics& diagnostics) {
    Binding binding;
    JAIL_TRY(check_account_name(options.account));
    Result<Account> account = find_account(options.account);
    if (!account && account.error().code() != ENOENT) return account.error();
    if (!account && !options.create)
        return problem("no such account '" + options.account + "'; --create makes it");
    if (account && options.create)
        return problem("account '" + options.account + "' exists; leave --create out");
    binding.create = !account;
    binding.account.name = options.account;
    if (account) {
        binding.account = std::move(account).value();
        JAIL_TRY(check_account(binding.account, options.system));
        JAIL_TRY(check_home(binding.account));
    }
    binding.jail = JAIL_TRY(choose_jail(layout, options, diagnostics));
    if (!binding.create) JAIL_TRY(check_record(layout, binding));
    return binding;
}

// The jail's tree must leave room for the home.
Result<> check_tree(const Layout& layout, const Manifest& manifest, const Account& account) {
    const std::string place = tree_path(layout, manifest.tree) + account.home;
    struct stat status = {};
    if (::lstat(place.c_str(), &status) != 0) return success();
    if (S_ISDIR(status.st_mode) && names_in(place).empty()) return success();
    return problem("jail '" + manifest.jail + "' has files of its own at " + account.home +
                   ", the account's home; take them off its files:");
}

Result<> create_account(Binding& binding, Undo& undo, const std::string& jailshell) {
    const std::string name = binding.account.name;
    // Without -p the password is locked. Mode 0700 whatever login.defs says.
    JAIL_TRY(run_program({"/usr/sbin/useradd", "-m", "-K", "HOME_MODE=0700", "-s", jailshell, "--", name}));
    undo.push([name] {
        if (const Result<> gone = run_program({"/usr/sbin/userdel", "-r", "--", name}); !gone)
            log_error("undoing: " + describe(gone.error()) + "; remove the account '" + name + "' by hand");
    });
    binding.account = JAIL_TRY(find_account(name));
    return check_home(binding.account);
}

Result<> write_binding(const Layout& layout, const Binding& binding, Undo& undo) {
    const Account& account = binding.account;
    if (!binding.bound_already) {
        undo.push([&layout, uid = account.uid] {
            forget_shell(layout, uid);
            (void)remove_record(layout, uid);
        });
        const bool had_none = binding.create || account.shell == layout.jailshell;
        JAIL_TRY(write_record(layout, {account.name, account.uid, binding.jail},
                              had_none ? kNoLogin : account.shell));
    }
    undo.push([&layout, account] {
        Account changed = account;
        changed.shell = layout.jailshell;
        if (const Result<> back = set_login_shell(layout, changed, account.shell); !back)
            log_error("undoing: " + describe(back.error()) + "; the login shell of '" + account.name +
                      "' was " + account.shell);
    });
    return set_login_shell(layout, account, layout.jailshell);
}

// The account's own systemd manager, if one runs, would go on executing its units on the host. No new one
// starts once the record is there (config/systemd/user-of-jail.conf).
Result<> end_user_manager(uid_t uid) {
    const std::string id = std::to_string(uid);
    if (::access(("/run/user/" + id + "/systemd").c_str(), F_OK) != 0) return success();
    return run_program({"/usr/bin/systemctl", "stop", "user@" + id + ".service"});
}

// Everything from here on is made whole, or taken back whole.
Result<> commit(const Layout& layout, Binding& binding, const Manifest& manifest) {
    const SignalBlock no_signals;
    Undo undo;
    if (binding.create) JAIL_TRY(create_account(binding, undo, layout.jailshell));
    JAIL_TRY(check_tree(layout, manifest, binding.account));
    JAIL_TRY(write_binding(layout, binding, undo));
    JAIL_TRY(end_user_manager(binding.account.uid));
    if (SignalBlock::interrupted()) return problem("interrupted; nothing was changed");
    undo.keep();
    return success();
}

int dry_run(const Layout& layout, const Binding& binding) {
    Diagnostics diagnostics;
    const Result<JailBuild> build = build_jail(layout, binding.jail, true, diagnostics);
    if (!build) return fail(build.error(), diagnostics);
    const char* name = binding.account.name.c_str();
    if (binding.create) std::printf("would create the account %s with a locked password\n", name);
    if (build.value().changed) std::printf("would build and publish jail %s\n", binding.jail.c_str());
    std::printf("would bind %s to jail %s\n", name, binding.jail.c_str());
    if (binding.account.shell != layout.jailshell)
        std::printf("would set the login shell of %s to %s\n", name, layout.jailshell.c_str());
    return 0;
}

}  // namespace

int add_command(const Layout& layout, const CommonOptions& common, const AddOptions& options) {
    Diagnostics diagnostics;
    Result<Binding> binding = plan_binding(layout, options, diagnostics);
    if (!binding) return fail(binding.error(), diagnostics);
    if (::access(layout.jailshell.c_str(), X_OK) != 0)
        return fail(
            problem(layout.jailshell + " is not installed, and it would be the account's login shell"));
    if (common.dry_run) return dry_run(layout, binding.value());
    const Result<StateLock> lock = lock_state(layout, common);
    if (!lock) return fail(lock.error());
    // Again under the lock: another run may have bound the account meanwhile.
    if (!binding->create)
        if (const Result<> free = check_record(layout, binding.value()); !free) return fail(free.error());
    Diagnostics of_build;
    const Result<JailBuild> build = build_jail(layout, binding->jail, false, of_build);
    if (!build) return fail(build.error(), of_build);
    if (const Result<> done = commit(layout, binding.value(), build.value().manifest); !done)
        return fail(done.error());
    std::printf("%s: %s jail %s, generation %llu\n", options.account.c_str(),
                binding->bound_already ? "is already in" : "now in", binding->jail.c_str(),
                static_cast<unsigned long long>(build.value().manifest.generation));
    return 0;
}

}  // namespace jail::provision
