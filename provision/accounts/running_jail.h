// SPDX-License-Identifier: Apache-2.0
// Ends the running jail of an account, all of its instances.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "libjail/base/result.h"

namespace jail::provision {

struct EndedJail {
    std::optional<std::uint32_t> sessions;  // empty: the supervisor did not say
    std::optional<std::uint64_t> processes;
};

// Empty: the account had no instance. A frozen one is killed as well. When it returns the supervisor has
// ended, and with it every process of the jail.
Result<std::optional<EndedJail>> end_running_jail(std::uint32_t uid, const std::string& account);

// Processes that a running jail has besides its own: of sessions, or left by them (linger). 0 also if the
// jail does not run.
Result<std::uint64_t> processes_in_jail(std::uint32_t uid);

}  // namespace jail::provision
