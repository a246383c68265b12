#include "provision/host_plan.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "libjail/name_service.h"
#include "provision/group_records.h"
#include "provision/instance_state.h"
#include "provision/jail_catalog.h"
#include "provision/problem.h"
#include "provision/publisher.h"

namespace jail::provision {

namespace {

struct Wish {
    std::string jail;
    Position at;
};

// What the files say, by account and by group.
struct Wishes {
    std::map<std::string, Wish> accounts, groups;
};

void note(std::map<std::string, Wish>& wishes, const std::string& kind, const std::string& jail,
          const std::vector<Located<std::string>>& names, Diagnostics& diagnostics) {
    for (const Located<std::string>& name : names) {
        const auto [first, fresh] = wishes.emplace(name.value, Wish{jail, name.at});
        if (!fresh && first->second.jail != jail)
            diagnostics.add(name.at, kind + " '" + name.value + "' is listed in " +
                                         to_string(first->second.at) + " already; it can be in one jail");
    }
}

Wishes read_wishes(const Layout& layout, const std::vector<std::string>& jails, Diagnostics& diagnostics) {
    Wishes wishes;
    FileStates states;
    for (const std::string& jail : jails) {
        const Policy policy = load_policy(layout, jail_file(layout, jail), states, diagnostics);
        note(wishes.accounts, "account", jail, policy.accounts, diagnostics);
        note(wishes.groups, "group", jail, policy.groups, diagnostics);
    }
    return wishes;
}

void plan_account(const Layout& layout, const std::string& name, const Wish& wish, HostPlan& plan,
                  Diagnostics& diagnostics) {
    Binding binding;
    Result<Account> account = find_jailable(name, false);
    if (!account && account.error().code() == ENOENT)
        return diagnostics.add(wish.at, "no such account '" + name +
                                            "'; create it, or run jail-provision add "
                                            "--create " +
                                            name);
    Result<> present = account ? success() : Result<>(account.error());
    if (present) {
        binding.account = std::move(account).value();
        binding.jail = wish.jail;
        present = find_present_binding(layout, binding);
    }
    if (!present) return diagnostics.add(wish.at, describe(present.error()));
    const bool note_is_right = !find_note(layout, binding.account.uid).by_hand;
    if (binding.bound_to != wish.jail || binding.account.shell != layout.jailshell || !note_is_right)
        plan.bind.push_back(std::move(binding));
}

void plan_unlisted_accounts(const Layout& layout, const Wishes& wishes, HostPlan& plan,
                            Diagnostics& diagnostics) {
    std::vector<std::string> damaged;
    for (const AccountRecord& record : all_records(layout, damaged)) {
        if (wishes.accounts.contains(record.account)) continue;
        const bool has_file = std::binary_search(plan.jails.begin(), plan.jails.end(), record.jail);
        const bool by_hand = find_note(layout, record.uid).by_hand;
        if (by_hand && has_file) continue;
        if (by_hand)
            diagnostics.add({}, "account '" + record.account + "' was put by hand into jail '" + record.jail +
                                    "', which has no file any more; run jail-provision remove " +
                                    record.account);
        else
            plan.unbind.push_back(plan_unbinding(layout, record));
    }
    for (const std::string& path : damaged)
        diagnostics.add({}, path + " is damaged; run jail-provision add for its account again");
}

void plan_groups(const Layout& layout, const Wishes& wishes, HostPlan& plan, Diagnostics& diagnostics) {
    std::vector<std::string> damaged;
    const std::vector<GroupRecord> present = all_group_records(layout, damaged);
    for (const auto& [name, wish] : wishes.groups) {
        const Result<gid_t> gid = name_service::group_id(name);
        if (!gid) continue;  // the jail's build says so, with the position
        const GroupRecord wanted = {name, gid.value(), wish.jail};
        if (std::none_of(present.begin(), present.end(),
                         [&](const GroupRecord& one) { return encode(one) == encode(wanted); }))
            plan.bind_groups.push_back(wanted);
    }
    for (const GroupRecord& record : present)
        if (!wishes.groups.contains(record.group)) plan.drop_groups.push_back(record);
    for (const std::string& path : damaged)
        diagnostics.add({}, path + " is damaged; remove it, then run jail-provision apply again");
}

// What leaves a jail that has no file any more. A file that is not there (not mounted, moved away, misspelt)
// must not give accounts their shells back.
std::map<std::string, std::size_t> left_behind(const HostPlan& plan) {
    std::map<std::string, std::size_t> counts;
    const auto count = [&](const std::string& jail) {
        if (!std::binary_search(plan.jails.begin(), plan.jails.end(), jail)) ++counts[jail];
    };
    for (const Unbinding& unbinding : plan.unbind) count(unbinding.record.jail);
    for (const GroupRecord& record : plan.drop_groups) count(record.jail);
    return counts;
}

void check_departures(const Layout& layout, const PlanOptions& options, const HostPlan& plan,
                      Diagnostics& diagnostics) {
    if (!options.withdraw)
        for (const auto& [jail, number] : left_behind(plan))
            diagnostics.add({}, "jail '" + jail +
                                    "' has no file any more, but accounts and groups are in it (" +
                                    std::to_string(number) + "): put " + jail_file(layout, jail) +
                                    " back, list them in another jail, or say --withdraw");
    if (options.force) return;
    for (const Unbinding& unbinding : plan.unbind)
        if (instance_runs(layout, unbinding.record.uid))
            diagnostics.add({}, "account '" + unbinding.record.account +
                                    "' is to leave its jail, which runs; end its sessions first (loginctl "
                                    "terminate-user " +
                                    unbinding.record.account +
                                    "), or say --force and they end by themselves");
}

// Without the files' directory nobody knows what is wished.
Result<> check_files_are_there(const Layout& layout) {
    const Result<> readable = check_catalog(layout);
    std::vector<std::string> damaged;
    const bool in_use = !all_records(layout, damaged).empty() ||
                        !all_group_records(layout, damaged).empty() || !damaged.empty() ||
                        !published_jails(layout).empty();
    if (readable || !in_use) return success();
    return problem("the jails' files cannot be read, and nothing was changed: " + describe(readable.error()));
}

}  // namespace

Result<HostPlan> plan_host(const Layout& layout, const PlanOptions& options, Diagnostics& diagnostics) {
    JAIL_TRY(check_files_are_there(layout));
    HostPlan plan;
    plan.jails = jail_names(layout);
    check_directories(layout, diagnostics);
    const Wishes wishes = read_wishes(layout, plan.jails, diagnostics);
    if (!diagnostics.empty()) return problem("nothing was changed; correct the lines above");
    for (const auto& [name, wish] : wishes.accounts) plan_account(layout, name, wish, plan, diagnostics);
    plan_unlisted_accounts(layout, wishes, plan, diagnostics);
    plan_groups(layout, wishes, plan, diagnostics);
    std::set<std::string> published;
    for (const std::string& jail : published_jails(layout)) published.insert(jail);
    for (const std::string& jail : jails_with_generations(layout)) published.insert(jail);
    std::set_difference(published.begin(), published.end(), plan.jails.begin(), plan.jails.end(),
                        std::back_inserter(plan.withdraw));
    check_departures(layout, options, plan, diagnostics);
    if (!diagnostics.empty()) return problem("nothing was changed; correct the lines above");
    return plan;
}

}  // namespace jail::provision
