// SPDX-License-Identifier: Apache-2.0
// <state>/groups/<gid>: which jail a group's members are bound to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libjail/policy/manifest.h"
#include "provision/base/layout.h"
#include "provision/base/undo.h"

namespace jail::provision {

// Those that can be read; the others' names go into `damaged`.
std::vector<GroupRecord> all_group_records(const Layout& layout, std::vector<std::string>& damaged);

// Refuses a group that is bound to another jail.
Result<> check_groups(const Layout& layout, const std::vector<GroupRecord>& records);
// The records that a jail's groups are to have now, checked. An error: one of them does not exist.
Result<std::vector<GroupRecord>> look_up_groups(const Layout& layout, const std::string& jail,
                                                const std::vector<std::string>& names);
std::string no_such_group(const std::string& group, const std::string& jail);
// Binds groups that were checked; removes the records of their former gids.
Result<> bind_groups(const Layout& layout, const std::vector<GroupRecord>& records, Undo& undo);
Result<> remove_group_record(const Layout& layout, std::uint32_t gid);

}  // namespace jail::provision
