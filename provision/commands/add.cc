// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "provision/accounts/account_binding.h"
#include "provision/base/log.h"
#include "provision/base/problem.h"
#include "provision/build/jail_build.h"
#include "provision/commands/arrival_report.h"
#include "provision/commands/hooks.h"
#include "provision/commands/report.h"
#include "provision/config/jail_catalog.h"
#include "provision/host/login_shell.h"

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

Result<> check_not_elsewhere(const Layout& layout, const AddOptions& options, Binding& binding) {
    if (binding.create) return success();
    binding.bound_to.clear();
    JAIL_TRY(find_present_binding(layout, binding));
    if (binding.bound_to.empty() || !binding.arrives() || options.move) return success();
    return problem("account '" + binding.account.name + "' is in jail '" + binding.bound_to +
                   "' already; say --move to take it from there");
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
    JAIL_TRY(check_not_elsewhere(layout, options, binding));
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

// One run of `add`.
struct Run {
    const Layout& layout;
    const CommonOptions& common;
    const AddOptions& options;
    Arrivals arrivals;
    std::vector<Binding> bindings;
    std::vector<JailBuild> builds;
    std::vector<std::string> obstacles;  // why the run was refused
};

// Accounts that are in their jail already are not checked: the same command again is not an error.
Result<> look_for_obstacles(Run& run) {
    for (const Binding& binding : run.bindings) {
        if (!binding.arrives()) continue;
        std::vector<std::string> found = JAIL_TRY(run.arrivals.obstacles(binding));
        for (std::string& sentence : run.arrivals.door_obstacles(&binding))
            found.push_back(std::move(sentence));
        for (std::string& sentence : found)
            if (std::find(run.obstacles.begin(), run.obstacles.end(), sentence) == run.obstacles.end())
                run.obstacles.push_back(std::move(sentence));
    }
    return success();
}

const JailBuild& build_of(const Run& run, const Binding& binding) {
    return *std::find_if(run.builds.begin(), run.builds.end(),
                         [&](const JailBuild& build) { return build.manifest.jail == binding.jail; });
}

bool sets_shell(const Run& run, const Binding& binding) {
    return !binding.create && binding.account.shell != run.layout.jailshell &&
           has_local_shell(run.layout, binding.account);
}

void print_as_json(Run& run) {
    nlohmann::json accounts = nlohmann::json::array();
    for (const Binding& binding : run.bindings) {
        const bool moves = binding.arrives() && !binding.bound_to.empty();
        nlohmann::json row = {{"account", binding.account.name},
                              {"jail", binding.jail},
                              {"action", moves               ? "move"
                                         : binding.arrives() ? "bind"
                                                             : "none"},
                              {"create", binding.create},
                              {"sets_shell", sets_shell(run, binding)},
                              {"ended", binding.ended},
                              {"doors", doors_as_json(run.arrivals.doors_of(binding))}};
        if (moves) row["from"] = binding.bound_to;
        if (!run.builds.empty()) {
            row["generation"] = build_of(run, binding).manifest.generation;
            row["publish"] = build_of(run, binding).changed;
        }
        accounts.push_back(row);
    }
    print_json({{"accounts", accounts},
                {"outside", findings_as_json(run.arrivals.findings())},
                {"errors", run.obstacles},
                {"dry_run", run.common.dry_run}});
}

void print_plan(const Run& run) {
    for (const JailBuild& build : run.builds)
        if (build.changed) std::printf("would build and publish jail %s\n", build.manifest.jail.c_str());
    for (const Binding& binding : run.bindings) {
        const char* name = binding.account.name.c_str();
        if (binding.create) std::printf("would create the account %s with a locked password\n", name);
        if (!binding.arrives())
            std::printf("%s is already in jail %s\n", name, binding.jail.c_str());
        else if (!binding.bound_to.empty())
            std::printf("would move %s from jail %s to jail %s\n", name, binding.bound_to.c_str(),
                        binding.jail.c_str());
        else
            std::printf("would bind %s to jail %s\n", name, binding.jail.c_str());
        if (sets_shell(run, binding))
            std::printf("would set the login shell of %s to %s\n", name, run.layout.jailshell.c_str());
    }
    if (run.options.kill)
        for (const OutsideFinding& found : run.arrivals.findings())
            if (found.code == "outside.process")
                std::printf("would end %s of %s\n", name_of(found.processes).c_str(), found.account.c_str());
}

void print_done(Run& run) {
    for (const Binding& binding : run.bindings) {
        const std::string how = !binding.arrives()         ? "is already in"
                                : binding.bound_to.empty() ? "now in"
                                                           : "moved from jail " + binding.bound_to + " to";
        std::printf("%s: %s jail %s, generation %llu, %s\n", binding.account.name.c_str(), how.c_str(),
                    binding.jail.c_str(),
                    static_cast<unsigned long long>(build_of(run, binding).manifest.generation),
                    through(run.arrivals.doors_of(binding), run.arrivals.by_shell(binding)).c_str());
        if (binding.ended != 0)
            std::printf("%s: ended %s outside of the jail\n", binding.account.name.c_str(),
                        count_of(binding.ended, "process").c_str());
    }
}

// Each line once, however many accounts it is of.
void tell_besides(Run& run) {
    tell_findings(run.arrivals.findings(), {run.options.force, run.options.kill});
    std::set<std::string> told;
    for (const Binding& binding : run.bindings)
        for (const Door& door : run.arrivals.doors_of(binding))
            for (const std::string& sentence : sentences(door, run.arrivals.by_shell(binding)))
                if (told.insert(sentence).second) log_notice(sentence);
}

void tell(Run& run) {
    if (run.common.json) return print_as_json(run);
    run.common.dry_run ? print_plan(run) : print_done(run);
    tell_besides(run);
}

void run_hooks(const Run& run) {
    for (const JailBuild& build : run.builds)
        if (build.changed)
            run_hook(run.layout, "published",
                     {{"jail", build.manifest.jail}, {"generation", build.manifest.generation}});
    for (const Binding& binding : run.bindings)
        if (binding.arrives())
            run_hook(run.layout, "bound", {{"account", binding.account.name}, {"jail", binding.jail}});
}

int refuse(Run& run) {
    if (run.common.json) print_as_json(run);
    for (const std::string& obstacle : run.obstacles) log_error(obstacle);
    return 1;
}

Result<> carry_out(Run& run, Diagnostics& diagnostics) {
    Undo undo;
    run.builds = JAIL_TRY(build_jails(run.layout, run.bindings, run.common.dry_run, undo, diagnostics));
    if (!run.common.dry_run)
        JAIL_TRY(bind_accounts(run.layout, run.bindings,
                               ArrivalOptions{run.options.force, run.options.kill}.outside()));
    undo.keep();
    return success();
}

}  // namespace

int add_command(const Layout& layout, const CommonOptions& common, const AddOptions& options) {
    Diagnostics diagnostics;
    Result<std::vector<Binding>> bindings = plan_bindings(layout, options, diagnostics);
    if (!bindings) return fail(bindings.error(), diagnostics);
    Run run{
        layout, common, options, Arrivals(layout, {options.force, options.kill}), std::move(bindings).value(),
        {},     {}};
    const Result<StateLock> lock = lock_state(layout, common);
    if (!lock) return fail(lock.error());
    // Again under the lock: another run may have bound the account meanwhile.
    for (Binding& binding : run.bindings)
        if (const Result<> free = check_not_elsewhere(layout, options, binding); !free)
            return fail(free.error());
    if (const Result<> looked = look_for_obstacles(run); !looked) return fail(looked.error());
    if (!run.obstacles.empty()) return refuse(run);
    Diagnostics of_build;
    if (const Result<> done = carry_out(run, of_build); !done) return fail(done.error(), of_build);
    print_notes(of_build);
    tell(run);
    if (!common.dry_run) run_hooks(run);
    return 0;
}

}  // namespace jail::provision
