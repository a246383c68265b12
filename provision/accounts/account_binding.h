// SPDX-License-Identifier: Apache-2.0
// Accounts into jails and out of them: the record that the login path goes by, and the login shell.
#pragma once

#include <string>
#include <vector>

#include "provision/accounts/account_records.h"
#include "provision/base/layout.h"
#include "provision/host/account.h"

namespace jail::provision {

struct Binding {
    Account account;
    std::string jail;
    std::string bound_to;     // the jail that it is in now, or empty
    bool create = false;      // the account itself is made first
    bool by_hand = false;     // as in BindingNote
    bool keep_shell = false;  // its login shell stays: the account is switched off
    std::size_t ended = 0;    // processes outside of its jail that bind_accounts() ended

    bool arrives() const { return bound_to != jail; }  // from the host, or from another jail
};

// The treatment of processes that an account has outside of its jail when it comes into one.
enum class Outside { kRefuse, kEnd, kLeave };

// Fills in bound_to. An error when the uid is bound under another account's name.
Result<> find_present_binding(const Layout& layout, Binding& binding);

// An account of this host that can be jailed: its name, its uid, its home. ENOENT: the account does not
// exist.
Result<Account> find_jailable(const std::string& name, bool system_allowed);

// Binds all of them, or takes everything back. Their jails are published. Signals wait meanwhile. Other facts
// that the administrator should know are logged. The caller holds the state lock. An account that moves from
// one jail to another is in one of the two at each moment: its record is replaced. Processes outside are
// looked for when the record stands, so that a login in between is not missed.
Result<> bind_accounts(const Layout& layout, std::vector<Binding>& bindings, Outside outside);

struct Unbinding {
    AccountRecord record;
    std::string shell;  // that the account gets back
    bool delete_account = false;
    bool former_uid = false;  // the account is another uid now, and stays as it is
};

Unbinding plan_unbinding(const Layout& layout, const AccountRecord& record);
// Likewise. An account leaves its jail only when it has no process there, and it cannot start one meanwhile:
// an account with sessions or lingering processes is refused, or with `end_sessions` they are ended.
Result<> unbind_accounts(const Layout& layout, const std::vector<Unbinding>& unbindings, bool end_sessions);

// An error when the account has sessions in its jail, or processes that linger there.
Result<> check_nobody_inside(const Layout& layout, const AccountRecord& record);

// A login shell that allows no login: nologin, false.
bool switches_off(const std::string& shell);

}  // namespace jail::provision
