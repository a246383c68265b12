// SPDX-License-Identifier: Apache-2.0
// The accounts that one word of an administrator names: a jail, an account, or the members of a group.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "libjail/base/result.h"

namespace jail::provision {

class Selection {
public:
    // "arkham", "harlequin", "@students"; empty: all. An error when there is no such group; an account or a
    // jail need not exist any more.
    static Result<Selection> of(const std::string& name);

    bool has(const std::string& account, const std::string& jail) const;

private:
    bool is_member(const std::string& account) const;

    std::string name_;
    bool is_group_ = false;
    std::uint32_t gid_ = 0;
    mutable std::map<std::string, bool> members_;  // that were asked for, or are in the group's own list
};

}  // namespace jail::provision
