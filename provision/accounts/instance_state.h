// SPDX-License-Identifier: Apache-2.0
// The running instances, as far as jail-provision needs to know them.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "provision/base/layout.h"

namespace jail::provision {

// Whether a supervisor serves this uid: asked of the kernel, not of files.
bool instance_runs(const Layout& layout, std::uint32_t uid);

// Whether the instance has sessions: an empty one, kept warm for its grace time, is not in the way. A
// supervisor that does not answer counts as one with sessions.
bool has_sessions(const Layout& layout, std::uint32_t uid);

// The advice for an error about such an instance.
std::string how_to_end(const std::string& account);

// Trees that a supervisor has claimed (supervisor/run_directory.h). One that was killed leaves its claim
// until the account's next login: then a tree stays longer than it must.
std::set<std::string> trees_in_use(const Layout& layout);

}  // namespace jail::provision
