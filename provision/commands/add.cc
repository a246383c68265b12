#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "provision/account_binding.h"
#include "provision/commands/report.h"
#include "provision/jail_build.h"
#include "provision/jail_catalog.h"
#include "provision/problem.h"

namespace jail::provision {

namespace {

// The jail for this account, and whether no jail's file says so.
Result<> choose_jail(const Layout& layout, const AddOptions& options, Binding& binding,
                     Diagnostics& diagnostics) {
    const std::string& account = binding.account.name;
    if (!options.jail.empty() && !valid_jail_name(options.jail))
        return problem(unknown_jail(layout, options.jail));
    const std::vector<std::string> listing = jails_listing(layout, account, diagnostics);
    for (const std::string& jail : listing)
        if (jail != (options.jail.empty() ? listing.front() : options.jail))
            return problem("account '" + account + "' is listed in " + jail_file(layout, jail) +
                           "; an account is in one jail: take it off there, or leave --jail out");
    if (!options.jail.empty() && ::access(jail_file(layout, options.jail).c_str(), F_OK) != 0)
        return problem(unknown_jail(layout, options.jail));
    if (options.jail.empty() && listing.empty() && !diagnostics.empty())
        return problem("no jail that can be read lists '" + account + "'; correct the lines above");
    if (options.jail.empty() && listing.empty())
        return problem("no jail lists '" + account + "'; name it under accounts: in " + layout.config_dir +
                       "/jails/*.yaml, or say --jail NAME");
    binding.jail = options.jail.empty() ? listing.front() : options.jail;
    binding.by_hand = listing.empty();
    return success();
}

Result<> check_not_elsewhere(const Layout& layout, Binding& binding) {
    if (binding.create) return success();
    JAIL_TRY(find_present_binding(layout, binding));
    if (binding.bound_to.empty() || binding.bound_to == binding.jail) return success();
    return problem("account '" + binding.account.name + "' is in jail '" + binding.bound_to +
                   "' already; run jail-provision remove " + binding.account.name + " first");
}

Result<Binding> plan_binding(const Layout& layout, const std::string& name, const AddOptions& options,
                             Diagnostics& diagnostics) {
    Binding binding;
    JAIL_TRY(check_account_name(name));
    binding.account.name = name;
    Result<Account> account = find_account(name);
    if (!account && account.error().code() != ENOENT) return account.error();
    // jailshell without a record: a run of ours that was killed when it had created the account. It is
    // finished.
    const bool unfinished =
        account && account.value().shell == layout.jailshell && !find_record(layout, account.value().uid);
    if (account && options.create && !unfinished)
        return problem("account '" + name + "' exists; leave --create out");
    if (!account && !options.create) return problem("no such account '" + name + "'; --create makes it");
    binding.create = options.create && !account;
    if (account) binding.account = JAIL_TRY(find_jailable(name, options.system));
    JAIL_TRY(choose_jail(layout, options, binding, diagnostics));
    JAIL_TRY(check_not_elsewhere(layout, binding));
    return binding;
}

Result<std::vector<Binding>> plan_bindings(const Layout& layout, const AddOptions& options,
                                           Diagnostics& diagnostics) {
    std::vector<Binding> bindings;
    for (const std::string& name : options.accounts) {
        const auto same = [&](const Binding& binding) { return binding.account.name == name; };
        if (std::any_of(bindings.begin(), bindings.end(), same)) continue;
        bindings.push_back(JAIL_TRY(plan_binding(layout, name, options, diagnostics)));
    }
    if (::access(layout.jailshell.c_str(), X_OK) != 0)
        return problem(layout.jailshell + " is not installed, and it would be the account's login shell");
    return bindings;
}

// Every jail that the accounts are to be in, built.
Result<std::vector<JailBuild>> build_jails(const Layout& layout, const std::vector<Binding>& bindings,
                                           bool dry_run, Undo& undo, Diagnostics& diagnostics) {
    std::vector<std::string> done;
    std::vector<JailBuild> builds;
    for (const Binding& binding : bindings) {
        if (std::find(done.begin(), done.end(), binding.jail) != done.end()) continue;
        done.push_back(binding.jail);
        builds.push_back(JAIL_TRY(build_jail(
            layout, binding.jail, {.dry_run = dry_run, .keep_held = true, .undo = &undo}, diagnostics)));
    }
    return builds;
}

int dry_run(const Layout& layout, const std::vector<Binding>& bindings) {
    Diagnostics diagnostics;
    Undo nothing;
    const auto builds = build_jails(layout, bindings, true, nothing, diagnostics);
    if (!builds) return fail(builds.error(), diagnostics);
    for (const JailBuild& build : builds.value())
        if (build.changed) std::printf("would build and publish jail %s\n", build.manifest.jail.c_str());
    for (const Binding& binding : bindings) {
        const char* name = binding.account.name.c_str();
        if (binding.create) std::printf("would create the account %s with a locked password\n", name);
        std::printf("would bind %s to jail %s\n", name, binding.jail.c_str());
        if (binding.account.shell != layout.jailshell)
            std::printf("would set the login shell of %s to %s\n", name, layout.jailshell.c_str());
    }
    return 0;
}

void print(const std::vector<Binding>& bindings, const std::vector<JailBuild>& builds) {
    for (const Binding& binding : bindings)
        for (const JailBuild& build : builds)
            if (build.manifest.jail == binding.jail)
                std::printf("%s: %s jail %s, generation %llu\n", binding.account.name.c_str(),
                            binding.bound_to.empty() ? "now in" : "is already in", binding.jail.c_str(),
                            static_cast<unsigned long long>(build.manifest.generation));
}

}  // namespace

int add_command(const Layout& layout, const CommonOptions& common, const AddOptions& options) {
    Diagnostics diagnostics;
    Result<std::vector<Binding>> bindings = plan_bindings(layout, options, diagnostics);
    if (!bindings) return fail(bindings.error(), diagnostics);
    if (common.dry_run) return dry_run(layout, bindings.value());
    const Result<StateLock> lock = lock_state(layout, common);
    if (!lock) return fail(lock.error());
    // Again under the lock: another run may have bound the account meanwhile.
    for (Binding& binding : bindings.value())
        if (const Result<> free = check_not_elsewhere(layout, binding); !free) return fail(free.error());
    Diagnostics of_build;
    Undo undo;
    const auto builds = build_jails(layout, bindings.value(), false, undo, of_build);
    if (!builds) return fail(builds.error(), of_build);
    if (const Result<> done = bind_accounts(layout, bindings.value()); !done) return fail(done.error());
    undo.keep();
    print_notes(of_build);
    print(bindings.value(), builds.value());
    return 0;
}

}  // namespace jail::provision
