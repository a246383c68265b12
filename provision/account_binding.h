// Accounts into jails and out of them: the record that the login path goes by, and the login shell.
#pragma once

#include <string>
#include <vector>

#include "provision/account.h"
#include "provision/account_records.h"
#include "provision/layout.h"

namespace jail::provision {

struct Binding {
    Account account;
    std::string jail;
    std::string bound_to;  // the jail that it is in now; empty: none
    bool create = false;   // the account itself is made first
    bool by_hand = false;  // as in BindingNote
};

// Fills in bound_to. An error when the uid is bound under another account's name.
Result<> find_present_binding(const Layout& layout, Binding& binding);

// An account of this host that can be jailed: its name, its uid, its home. ENOENT: there is no such account.
Result<Account> find_jailable(const std::string& name, bool system_allowed);

// Binds all of them, or takes everything back. Their jails are published. Signals wait meanwhile. What the
// administrator should know besides is logged. The caller holds the state lock.
Result<> bind_accounts(const Layout& layout, std::vector<Binding>& bindings);

struct Unbinding {
    AccountRecord record;
    std::string shell;  // that the account gets back
    bool delete_account = false;
    bool former_uid = false;  // the account is another uid now, and stays as it is
};

Unbinding plan_unbinding(const Layout& layout, const AccountRecord& record);
// Likewise.
Result<> unbind_accounts(const Layout& layout, const std::vector<Unbinding>& unbindings);

}  // namespace jail::provision
