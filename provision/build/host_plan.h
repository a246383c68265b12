// SPDX-License-Identifier: Apache-2.0
// The steps that make the host as its YAML files say: which accounts and groups are in which jail.
#pragma once

#include <string>
#include <vector>

#include "provision/accounts/account_binding.h"
#include "provision/accounts/arrival.h"
#include "provision/base/diagnostics.h"
#include "provision/base/layout.h"

namespace jail::provision {

// An account in a jail with a login shell that was changed to one that allows no login.
struct SwitchedOff {
    std::string account, shell, jail;
};

struct HostPlan {
    std::vector<std::string> jails;  // that have a file, all of them to be built
    std::vector<Binding> bind;       // new, moved from another jail, or with another login shell
    std::vector<Unbinding> unbind;   // bound, but not listed any more
    std::vector<GroupRecord> bind_groups;
    std::vector<GroupRecord> drop_groups;
    std::vector<std::string> withdraw;      // published, but without a file
    std::vector<SwitchedOff> switched_off;  // their login shells stay
    std::vector<OutsideFinding> outside;    // of accounts that come into a jail
    std::vector<Door> doors;
};

struct PlanOptions {
    bool withdraw = false;  // also jails without a file that accounts or groups are in
    bool force = false;     // take accounts out also while their jails run, in also where something is open
    bool kill = false;      // end what accounts that come into a jail run outside of it

    ArrivalOptions arrivals() const { return {force, kill}; }
};

// Problems of the configuration are in `diagnostics`, and then the plan must not be carried out; so are
// processes and rights outside of the jails that accounts are to come into, and an sshd that does not lead
// there. Accounts that were bound by hand are left alone, unless their jail has no file any more: that is an
// error.
Result<> plan_host(const Layout& layout, const PlanOptions& options, HostPlan& plan,
                   Diagnostics& diagnostics);

}  // namespace jail::provision
