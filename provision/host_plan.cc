#include "provision/host_plan.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "libjail/name_service.h"
#include "provision/group_records.h"
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

// A configuration directory that is not there (not mounted, moved away) must not give every account its shell
// back.
Result<> check_not_empty(const Layout& layout, const HostPlan& plan) {
    const std::size_t bound = plan.unbind.size() + plan.drop_groups.size();
    if (!plan.jails.empty() || bound == 0) return success();
    return problem("no jail is described in " + layout.config_dir +
                   "/jails, but accounts or groups are bound (" + std::to_string(bound) +
                   "): nothing was changed; run jail-provision remove to take accounts out of their jails");
}

}  // namespace

Result<HostPlan> plan_host(const Layout& layout, Diagnostics& diagnostics) {
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
    JAIL_TRY(check_not_empty(layout, plan));
    if (!diagnostics.empty()) return problem("nothing was changed; correct the lines above");
    return plan;
}

}  // namespace jail::provision
