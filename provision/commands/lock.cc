// SPDX-License-Identifier: Apache-2.0
// Locks accounts: no new session by any door, whatever the account's login shell and password are.
#include <cstdint>
#include <cstdio>

#include "provision/accounts/account_locks.h"
#include "provision/accounts/account_records.h"
#include "provision/accounts/jailed_account.h"
#include "provision/accounts/running_jail.h"
#include "provision/base/problem.h"
#include "provision/commands/report.h"

namespace jail::provision {

namespace {

struct Named {
    std::string account;
    std::uint32_t uid = 0;
};

// Those that are named, or all of a jail.
Result<std::vector<Named>> find_all(const Layout& layout, const LockOptions& options) {
    std::vector<Named> found;
    for (const std::string& name : options.accounts)
        found.push_back({name, JAIL_TRY(find_jailed_account(name))});
    std::vector<std::string> damaged;
    if (!options.jail.empty())
        for (const AccountRecord& record : all_records(layout, damaged))
            if (record.jail == options.jail) found.push_back({record.account, record.uid});
    if (found.empty())
        return problem("no account to lock: name accounts, or --jail JAIL with accounts in it");
    return found;
}

}  // namespace

int lock_command(const Layout& layout, const CommonOptions& common, const LockOptions& options) {
    const Result<StateLock> held = lock_state(layout, common);
    if (!held) return fail(held.error());
    const auto accounts = find_all(layout, options);
    if (!accounts) return fail(accounts.error());
    for (const Named& one : accounts.value()) {
        if (common.dry_run) {
            std::printf("would lock %s\n", one.account.c_str());
            continue;
        }
        if (const Result<> written = lock_account(layout, one.uid, options.reason); !written)
            return fail(written.error());
        // Ends the open sessions as well; from here on the account cannot log in.
        const auto ended = end_running_jail(one.uid, one.account);
        if (!ended) return fail(in_context(one.account + " is locked, but", ended.error()));
        std::printf("%s: locked%s\n", one.account.c_str(), ended.value() ? ", its sessions are ended" : "");
    }
    return 0;
}

int unlock_command(const Layout& layout, const CommonOptions& common, const LockOptions& options) {
    const Result<StateLock> held = lock_state(layout, common);
    if (!held) return fail(held.error());
    const auto accounts = find_all(layout, options);
    if (!accounts) return fail(accounts.error());
    for (const Named& one : accounts.value()) {
        if (!is_locked(layout, one.uid)) {
            std::printf("%s: is not locked\n", one.account.c_str());
        } else if (common.dry_run) {
            std::printf("would unlock %s\n", one.account.c_str());
        } else if (const Result<> unlocked = unlock_account(layout, one.uid); !unlocked) {
            return fail(unlocked.error());
        } else {
            std::printf("%s: unlocked\n", one.account.c_str());
        }
    }
    return 0;
}

}  // namespace jail::provision
