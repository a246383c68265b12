// The running instances, as far as jail-provision needs to know them.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "provision/base/layout.h"

namespace jail::provision {

// Whether a supervisor serves this uid: asked of the kernel, not of files.
bool instance_runs(const Layout& layout, std::uint32_t uid);

// Whether somebody is in it: an empty one, kept warm for its grace time, stands in nobody's way. A supervisor
// that does not answer counts as one that somebody is in.
bool has_sessions(const Layout& layout, std::uint32_t uid);

// For an error about such a one: what to do.
std::string how_to_end(const std::string& account);

// Trees that a supervisor has claimed (supervisor/run_directory.h). One that was killed leaves its claim
// until the account's next login: then a tree stays longer than it must.
std::set<std::string> trees_in_use(const Layout& layout);

}  // namespace jail::provision
