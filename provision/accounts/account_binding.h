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
    std::string bound_to;     // the jail that it is in now; empty: none
    bool create = false;      // the account itself is made first
    bool by_hand = false;     // as in BindingNote
    bool keep_shell = false;  // its login shell stays as it is: somebody has switched the account off
    std::size_t ended = 0;    // processes outside of its jail that bind_accounts() ended

    bool arrives() const { return bound_to != jail; }  // from no jail, or from another
};

// The treatment of processes that an account has outside of its jail when it comes into one.
enum class Outside { kRefuse, kEnd, kLeave };

// Fills in bound_to. An error when the uid is bound under another account's name.
Result<> find_present_binding(const Layout& layout, Binding& binding);

// An account of this host that can be jailed: its name, its uid, its home. ENOENT: there is no such account.
Result<Account> find_jailable(const std::string& name, bool system_allowed);

// Binds all of them, or takes everything back. Their jails are published. Signals wait meanwhile. Anything
// else that the administrator should know is logged. The caller holds the state lock. An account that moves
// from one jail to another is in one of the two at each moment: its record is replaced. Processes outside are
// looked for when the record stands, so that a login in between is not missed.
Result<> bind_accounts(const Layout& layout, std::vector<Binding>& bindings, Outside outside);

struct Unbinding {
    AccountRecord record;
    std::string shell;  // that the account gets back
    bool delete_account = false;
    bool former_uid = false;  // the account is another uid now, and stays as it is
};

Unbinding plan_unbinding(const Layout& layout, const AccountRecord& record);
// Likewise. No process of an account is in its jail when the account leaves it, and none gets in meanwhile:
// who has sessions, or left something running there (linger), is refused, or with `end_sessions` all of it is
// ended.
Result<> unbind_accounts(const Layout& layout, const std::vector<Unbinding>& unbindings, bool end_sessions);

// An error when somebody is in the account's jail, or something that was left there runs on.
Result<> check_nobody_inside(const Layout& layout, const AccountRecord& record);

// A login shell by which nobody logs in: nologin, false.
bool switches_off(const std::string& shell);

}  // namespace jail::provision
