// What has to happen for the host to be as its YAML files say: who is in which jail.
#pragma once

#include <string>
#include <vector>

#include "provision/account_binding.h"
#include "provision/diagnostics.h"
#include "provision/layout.h"

namespace jail::provision {

struct HostPlan {
    std::vector<std::string> jails;  // that have a file, all of them to be built
    std::vector<Binding> bind;       // new, moved from another jail, or with another login shell
    std::vector<Unbinding> unbind;   // bound, but listed nowhere any more
    std::vector<GroupRecord> bind_groups;
    std::vector<GroupRecord> drop_groups;
    std::vector<std::string> withdraw;  // published, but without a file
};

struct PlanOptions {
    bool withdraw = false;  // also jails without a file that accounts or groups are in
    bool force = false;     // take accounts out also while their jails run
};

// Problems of the configuration are in `diagnostics`, and then the plan must not be carried out. Accounts
// that were bound by hand are left alone, unless their jail has no file any more: that is an error.
Result<HostPlan> plan_host(const Layout& layout, const PlanOptions& options, Diagnostics& diagnostics);

}  // namespace jail::provision
