// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/accounts/group_records.h"
#include "provision/base/log.h"
#include "provision/base/problem.h"
#include "provision/build/host_plan.h"
#include "provision/build/jail_build.h"
#include "provision/commands/arrival_report.h"
#include "provision/commands/diff.h"
#include "provision/commands/hooks.h"
#include "provision/commands/report.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

constexpr int kChanged = 2;

// One run of `apply`: its plan, and its report, which names only changes that were made and not taken back.
struct Run {
    const Layout& layout;
    const CommonOptions& common;
    const ApplyOptions& options;
    HostPlan plan;
    nlohmann::json changes;
    Diagnostics diagnostics;
};

void tell(Run& run, const std::string& action, const std::string& jail, nlohmann::json more) {
    more.update({{"action", action}, {"jail", jail}});
    run.changes.push_back(std::move(more));
}

nlohmann::json changes_of(const Run& run, const std::optional<JailState>& before, const JailBuild& build) {
    if (!run.options.diff) return nlohmann::json::object();
    return {
        {"differences", differences(before.value_or(JailState()), {build.manifest, build.tree.inventory})}};
}

Result<> build_one(Run& run, const std::string& jail) {
    std::optional<JailState> before;
    if (run.options.diff)
        if (const Result<Manifest> current = published_manifest(run.layout, jail); current)
            if (Result<JailState> state = state_of(run.layout, current.value()); state)
                before = std::move(state).value();
    const BuildOptions options = {.dry_run = run.options.check, .keep_held = true, .leave_groups = true};
    const JailBuild build = JAIL_TRY(build_jail(run.layout, jail, options, run.diagnostics));
    if (build.held)
        log_notice("jail " + jail + " is held at generation " + std::to_string(build.manifest.generation) +
                   " (rolled back); jail-provision build " + jail + " takes it forward");
    if (!build.changed) return success();
    nlohmann::json change = changes_of(run, before, build);
    change["generation"] = build.manifest.generation;
    tell(run, "publish", jail, std::move(change));
    return success();
}

// All jails are tried, so that one run reports all errors; a jail with an error is not published.
Result<> build_jails(Run& run) {
    bool failed = false;
    for (const std::string& jail : run.plan.jails) {
        const Result<> built = build_one(run, jail);
        if (!built) run.diagnostics.add({}, describe(built.error()));
        failed = failed || !built;
    }
    return failed ? Result<>(problem("not all jails were built; correct the lines above")) : success();
}

// One that moves is never without a jail: its record is replaced.
Result<> bind_all_groups(Run& run) {
    Undo undo;
    if (!run.options.check) JAIL_TRY(bind_groups(run.layout, run.plan.bind_groups, undo));
    undo.keep();
    for (const GroupRecord& record : run.plan.bind_groups)
        tell(run, "bind", record.jail, {{"group", record.group}});
    return success();
}

Result<> drop_groups(Run& run) {
    for (const GroupRecord& record : run.plan.drop_groups) {
        if (!run.options.check) JAIL_TRY(remove_group_record(run.layout, record.gid));
        tell(run, "unbind", record.jail, {{"group", record.group}});
    }
    return success();
}

Result<> bind(Run& run) {
    if (!run.options.check && !run.plan.bind.empty())
        JAIL_TRY(bind_accounts(run.layout, run.plan.bind, run.options.plan.arrivals().outside()));
    for (const Binding& binding : run.plan.bind) {
        nlohmann::json row = {{"account", binding.account.name}};
        if (binding.ended != 0) row["ended"] = binding.ended;
        if (!binding.bound_to.empty() && binding.bound_to != binding.jail) row["from"] = binding.bound_to;
        tell(run, "bind", binding.jail, row);
    }
    return success();
}

Result<> unbind(Run& run) {
    if (!run.options.check && !run.plan.unbind.empty())
        JAIL_TRY(unbind_accounts(run.layout, run.plan.unbind, run.options.plan.force));
    for (const Unbinding& unbinding : run.plan.unbind) {
        nlohmann::json row = {{"account", unbinding.record.account}};
        if (unbinding.former_uid) row["former_uid"] = unbinding.record.uid;
        tell(run, "unbind", unbinding.record.jail, row);
    }
    return success();
}

Result<> withdraw_jails(Run& run) {
    for (const std::string& jail : run.plan.withdraw) {
        if (!run.options.check) JAIL_TRY(withdraw(run.layout, jail));
        tell(run, "withdraw", jail, nlohmann::json::object());
    }
    return success();
}

// The table of contents. Steps that jail an account come before steps that release one.
Result<> carry_out(Run& run) {
    JAIL_TRY(plan_host(run.layout, run.options.plan, run.plan, run.diagnostics));
    JAIL_TRY(build_jails(run));
    JAIL_TRY(bind(run));
    JAIL_TRY(bind_all_groups(run));
    JAIL_TRY(unbind(run));
    JAIL_TRY(drop_groups(run));
    return withdraw_jails(run);
}

// "bind harlequin to arkham"
std::string sentence(const nlohmann::json& row) {
    const std::string jail = row["jail"], action = row["action"];
    const std::string who = row.contains("account") ? row["account"].get<std::string>()
                            : row.contains("group") ? "@" + row["group"].get<std::string>()
                                                    : "";
    if (action == "bind" && row.contains("from"))
        return "move " + who + " from " + row["from"].get<std::string>() + " to " + jail;
    if (action == "bind") return "bind " + who + " to " + jail;
    if (row.contains("former_uid"))
        return "take uid " + std::to_string(row["former_uid"].get<std::uint32_t>()) + ", which " + who +
               " was before, out of " + jail;
    if (action == "unbind") return "take " + who + " out of " + jail;
    return action + " " + jail;
}

void print(const Run& run) {
    for (const nlohmann::json& row : run.changes) {
        std::printf("%s%s\n", run.options.check ? "would " : "", sentence(row).c_str());
        if (row.contains("differences")) print_differences(row["differences"]);
    }
    if (run.changes.empty()) std::puts("nothing to do");
}

// Notices besides the lines of what was done.
void tell_besides(const Run& run) {
    for (const SwitchedOff& off : run.plan.switched_off)
        log_notice(off.account + " is switched off by its login shell " + off.shell +
                   ", and left so; jail-provision add " + off.account + " switches it on");
    if (run.plan.bind.empty() && run.plan.bind_groups.empty()) return;
    tell_findings(run.plan.outside, run.options.plan.arrivals());
    const bool alone = run.plan.bind_groups.empty();
    const bool by_shell =
        alone && std::all_of(run.plan.bind.begin(), run.plan.bind.end(),
                             [&](const Binding& one) { return Arrivals(run.layout, {}).by_shell(one); });
    tell_open_doors(run.plan.doors, by_shell);
}

void run_hooks(const Run& run) {
    for (const nlohmann::json& row : run.changes) {
        const std::string action = row["action"];
        if (action == "publish")
            run_hook(run.layout, "published", {{"jail", row["jail"]}, {"generation", row["generation"]}});
        if (action == "bind") run_hook(run.layout, "bound", row);
        if (action == "unbind") run_hook(run.layout, "unbound", row);
    }
}

nlohmann::json as_json(const Run& run) {
    nlohmann::json off = nlohmann::json::array();
    for (const SwitchedOff& one : run.plan.switched_off)
        off.push_back({{"account", one.account}, {"shell", one.shell}, {"jail", one.jail}});
    return {{"changed", !run.changes.empty()},
            {"changes", run.changes},
            {"switched_off", off},
            {"outside", findings_as_json(run.plan.outside)},
            {"doors", doors_as_json(run.plan.doors)},
            {"errors", run.diagnostics.lines()}};
}

}  // namespace

int apply_command(const Layout& layout, const CommonOptions& common, const ApplyOptions& options) {
    const Result<StateLock> lock = options.check ? StateLock::none() : lock_state(layout, common);
    if (!lock) return fail(lock.error());
    Run run{layout, common, options, {}, nlohmann::json::array(), {}};
    const Result<> done = carry_out(run);
    print_notes(run.diagnostics);
    if (common.json)
        print_json(as_json(run));
    else if (done || !run.changes.empty())
        print(run);
    if (!common.json && done) tell_besides(run);
    if (!options.check) run_hooks(run);
    if (!done) return fail(done.error(), run.diagnostics);
    return run.changes.empty() || !(options.check || options.detailed) ? 0 : kChanged;
}

}  // namespace jail::provision
