// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "provision/accounts/account_binding.h"
#include "provision/accounts/account_locks.h"
#include "provision/base/log.h"
#include "provision/base/problem.h"
#include "provision/commands/hooks.h"
#include "provision/commands/report.h"

namespace jail::provision {

namespace {

// By the records' own names: an account itself may be gone already.
Result<std::vector<Unbinding>> plan_unbindings(const Layout& layout, const RemoveOptions& options) {
    std::vector<std::string> damaged;
    const std::vector<AccountRecord> records = all_records(layout, damaged);
    for (const std::string& path : damaged)
        log_notice(path + " is damaged; remove it by hand if it belongs to the account");
    std::vector<Unbinding> unbindings;
    Result<> absent;
    for (const std::string& name : options.accounts) {
        const std::size_t before = unbindings.size();
        for (const AccountRecord& record : records) {  // more than one: its uid has changed
            if (record.account != name) continue;
            if (is_locked(layout, record.uid) && !options.delete_account)
                return problem(name +
                               " is locked, and nothing would keep it out outside of its jail; run "
                               "jail-provision unlock " +
                               name + " first");
            if (!options.force) JAIL_TRY(check_nobody_inside(layout, record));
            unbindings.push_back(plan_unbinding(layout, record));
            unbindings.back().delete_account = options.delete_account;
        }
        if (unbindings.size() == before)
            absent =
                problem("account '" + name + "' is in no jail; jail-provision list shows those that are");
    }
    // With some of them gone already the others go too: what a killed run began is finished by the next.
    if (!absent) {
        if (unbindings.empty()) return absent.error();
        log_notice(describe(absent.error()));
    }
    return unbindings;
}

}  // namespace

int remove_command(const Layout& layout, const CommonOptions& common, const RemoveOptions& options) {
    if (common.dry_run) {
        const Result<std::vector<Unbinding>> planned = plan_unbindings(layout, options);
        if (!planned) return fail(planned.error());
        for (const auto& [record, shell, delete_account, former_uid] : planned.value())
            std::printf("would take %s out of jail %s and %s\n", record.account.c_str(), record.jail.c_str(),
                        delete_account ? "delete the account (its home stays)"
                                       : ("give it the login shell " + shell + " back").c_str());
        return 0;
    }
    const Result<StateLock> lock = lock_state(layout, common);
    if (!lock) return fail(lock.error());
    const Result<std::vector<Unbinding>> planned = plan_unbindings(layout, options);
    if (!planned) return fail(planned.error());
    if (const Result<> done = unbind_accounts(layout, planned.value(), options.force); !done)
        return fail(done.error());
    for (const Unbinding& one : planned.value())
        if (is_locked(layout, one.record.uid)) (void)unlock_account(layout, one.record.uid);  // it is gone
    for (const auto& [record, shell, delete_account, former_uid] : planned.value())
        std::printf("%s: no longer in jail %s%s\n", record.account.c_str(), record.jail.c_str(),
                    delete_account ? ", account deleted, home kept" : "");
    for (const Unbinding& one : planned.value())
        run_hook(layout, "unbound", {{"account", one.record.account}, {"jail", one.record.jail}});
    return 0;
}

}  // namespace jail::provision
