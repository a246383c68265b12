// SPDX-License-Identifier: Apache-2.0
#include "provision/build/host_plan.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>

#include "libjail/policy/name_service.h"
#include "provision/accounts/group_records.h"
#include "provision/accounts/instance_state.h"
#include "provision/base/file_io.h"
#include "provision/base/problem.h"
#include "provision/config/jail_catalog.h"
#include "provision/host/login_shell.h"
#include "provision/tree/publisher.h"

namespace jail::provision {

namespace {

struct Wish {
    std::string jail;
    Position at;
    std::uint32_t uid = 0;  // of an account that was found
};

// The contents of the files, by account and by group.
struct Wishes {
    std::map<std::string, Wish> accounts, groups;
};

void note(std::map<std::string, Wish>& wishes, const std::string& kind, const std::string& jail,
          const std::vector<Located<std::string>>& names, Diagnostics& diagnostics) {
    for (const Located<std::string>& name : names) {
        const auto [first, fresh] = wishes.emplace(name.value, Wish{jail, name.at, 0});
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

// Only the shells of accounts that the passwd file has can be set: another one's stays as it is.
bool shell_is_right(const Layout& layout, const Account& account) {
    return account.shell == layout.jailshell || !has_local_shell(layout, account);
}

// An account that is bound already was accepted before (add --system), with any uid.
Result<Account> find_listed(const Layout& layout, const std::string& name) {
    JAIL_TRY(check_account_name(name));
    Account account = JAIL_TRY(find_account(name));
    const Result<AccountRecord> record = find_record(layout, account.uid);
    JAIL_TRY(check_account(account, record && record.value().account == name));
    JAIL_TRY(check_home(account));
    return account;
}

// The administrator's hand counts: an account that was switched off by its login shell stays off.
void leave_switched_off(Binding& binding, HostPlan& plan) {
    if (binding.bound_to.empty() || !switches_off(binding.account.shell)) return;
    binding.keep_shell = true;
    plan.switched_off.push_back({binding.account.name, binding.account.shell, binding.jail});
}

void plan_account(const Layout& layout, const std::string& name, Wish& wish, Arrivals& arrivals,
                  HostPlan& plan, Diagnostics& diagnostics) {
    Binding binding;
    Result<Account> account = find_listed(layout, name);
    if (!account && account.error().code() == ENOENT)
        return diagnostics.add(wish.at, "no such account '" + name +
                                            "'; create it, or run jail-provision add "
                                            "--create " +
                                            name);
    Result<> present = account ? success() : Result<>(account.error());
    if (present) {
        binding.account = std::move(account).value();
        binding.jail = wish.jail;
        wish.uid = binding.account.uid;
        present = find_present_binding(layout, binding);
    }
    if (!present) return diagnostics.add(wish.at, describe(present.error()));
    leave_switched_off(binding, plan);
    const bool note_is_right = !find_note(layout, binding.account.uid).by_hand;
    const bool shell_stays = binding.keep_shell || shell_is_right(layout, binding.account);
    if (!binding.arrives() && note_is_right && shell_stays) return;
    if (binding.arrives()) {
        const auto obstacles = arrivals.obstacles(binding);
        if (!obstacles) return diagnostics.add(wish.at, describe(obstacles.error()));
        for (const std::string& obstacle : obstacles.value()) diagnostics.add(wish.at, obstacle);
        for (const std::string& obstacle : arrivals.door_obstacles(&binding)) diagnostics.add({}, obstacle);
    }
    plan.bind.push_back(std::move(binding));
}

bool has_uid(const Wishes& wishes, const std::string& path) {
    const std::string uid = path.substr(path.rfind('/') + 1);
    return std::any_of(wishes.accounts.begin(), wishes.accounts.end(),
                       [&](const auto& wish) { return std::to_string(wish.second.uid) == uid; });
}

void plan_unlisted_accounts(const Layout& layout, const Wishes& wishes, HostPlan& plan,
                            Diagnostics& diagnostics) {
    std::vector<std::string> damaged;
    for (const AccountRecord& record : all_records(layout, damaged)) {
        if (const auto wish = wishes.accounts.find(record.account); wish != wishes.accounts.end()) {
            // A former uid of the account (usermod -u) has no effect.
            if (wish->second.uid == record.uid) continue;
            plan.unbind.push_back(plan_unbinding(layout, record));
            plan.unbind.back().former_uid = true;
            continue;
        }
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
        if (!has_uid(wishes, path))  // that one's is written anew
            diagnostics.add({}, path +
                                    " is damaged; run jail-provision add for the account of that uid, or "
                                    "remove the file if it is to be in no jail");
}

void plan_groups(const Layout& layout, const Wishes& wishes, HostPlan& plan, Diagnostics& diagnostics) {
    std::vector<std::string> damaged;
    const std::vector<GroupRecord> present = all_group_records(layout, damaged);
    for (const auto& [name, wish] : wishes.groups) {
        const Result<gid_t> gid = name_service::group_id(name);
        const auto same_name = [&name = name](const GroupRecord& one) { return one.group == name; };
        if (!gid) {
            // The jail's build reports a group that was never bound.
            if (std::any_of(present.begin(), present.end(), same_name))
                diagnostics.add(wish.at, no_such_group(name, wish.jail));
            continue;
        }
        const GroupRecord wanted = {name, gid.value(), wish.jail};
        const auto differs = [&](const GroupRecord& one) { return encode(one) != encode(wanted); };
        const auto number = std::count_if(present.begin(), present.end(), same_name);
        const bool right = number == 1 && !differs(*std::find_if(present.begin(), present.end(), same_name));
        if (!right) plan.bind_groups.push_back(wanted);
        std::erase_if(damaged, [&](const std::string& path) {  // is written anew
            return path.ends_with("/" + std::to_string(wanted.gid));
        });
    }
    for (const GroupRecord& record : present) {
        const bool reused = std::any_of(plan.bind_groups.begin(), plan.bind_groups.end(),
                                        [&](const GroupRecord& one) { return one.gid == record.gid; });
        if (!wishes.groups.contains(record.group) && !reused) plan.drop_groups.push_back(record);
    }
    for (const std::string& path : damaged)
        diagnostics.add({}, path + " is damaged; remove it, then run jail-provision apply again");
}

// Accounts and groups that leave a jail without a file. A file that is not there (not mounted, moved away,
// misspelt) must not give accounts their shells back.
std::map<std::string, std::size_t> left_behind(const HostPlan& plan) {
    std::map<std::string, std::size_t> counts;
    const auto count = [&](const std::string& jail) {
        if (!std::binary_search(plan.jails.begin(), plan.jails.end(), jail)) ++counts[jail];
    };
    for (const Unbinding& unbinding : plan.unbind)
        if (!unbinding.former_uid) count(unbinding.record.jail);
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
    for (const Unbinding& unbinding : plan.unbind) {
        if (unbinding.former_uid) continue;
        if (has_sessions(layout, unbinding.record.uid))
            diagnostics.add({}, "account '" + unbinding.record.account +
                                    "' is to leave its jail, in which it has open sessions; " +
                                    how_to_end(unbinding.record.account));
        else if (const Result<> nobody = check_nobody_inside(layout, unbinding.record); !nobody)
            diagnostics.add({}, describe(nobody.error()));
    }
}

// Without the files' directory the wanted state is unknown.
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

Result<> plan_host(const Layout& layout, const PlanOptions& options, HostPlan& plan,
                   Diagnostics& diagnostics) {
    JAIL_TRY(check_files_are_there(layout));
    plan.jails = jail_names(layout);
    check_directories(layout, diagnostics);
    Wishes wishes = read_wishes(layout, plan.jails, diagnostics);
    if (!diagnostics.empty()) return problem("nothing was changed; correct the lines above");
    Arrivals arrivals(layout, options.arrivals());
    for (auto& [name, wish] : wishes.accounts) plan_account(layout, name, wish, arrivals, plan, diagnostics);
    plan_unlisted_accounts(layout, wishes, plan, diagnostics);
    plan_groups(layout, wishes, plan, diagnostics);
    if (!plan.bind_groups.empty())
        for (const std::string& obstacle : arrivals.door_obstacles(nullptr)) diagnostics.add({}, obstacle);
    plan.outside = arrivals.findings();
    plan.doors = arrivals.doors();
    std::set<std::string> published;
    for (const std::string& jail : published_jails(layout)) published.insert(jail);
    for (const std::string& jail : jails_with_generations(layout)) published.insert(jail);
    std::set_difference(published.begin(), published.end(), plan.jails.begin(), plan.jails.end(),
                        std::back_inserter(plan.withdraw));
    check_departures(layout, options, plan, diagnostics);
    if (!diagnostics.empty()) return problem("nothing was changed; correct the lines above");
    return success();
}

}  // namespace jail::provision
