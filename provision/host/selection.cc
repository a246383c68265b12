// SPDX-License-Identifier: Apache-2.0
#include "provision/host/selection.h"

#include "libjail/policy/name_service.h"
#include "provision/base/problem.h"
#include "provision/host/account.h"

namespace jail::provision {

Result<Selection> Selection::of(const std::string& name) {
    Selection selection;
    selection.name_ = name;
    selection.is_group_ = name.starts_with('@');
    if (!selection.is_group_) return selection;
    const auto gid = name_service::group_id(name.substr(1));
    if (!gid) return problem("the group '" + printable(name.substr(1)) + "' does not exist on this host");
    selection.gid_ = gid.value();
    const name_service::Group group = JAIL_TRY(name_service::group_of(gid.value()));
    for (const std::string& member : group.members) selection.members_[member] = true;
    return selection;
}

// The group's own list does not have those whose primary group it is, and NSS offers no query for them.
bool Selection::is_member(const std::string& account) const {
    const auto asked = members_.find(account);
    if (asked != members_.end()) return asked->second;
    const auto found = find_account(account);
    return members_[account] = found && found.value().gid == gid_;
}

bool Selection::has(const std::string& account, const std::string& jail) const {
    if (is_group_) return is_member(account);
    return name_.empty() || account == name_ || jail == name_;
}

}  // namespace jail::provision
