// SPDX-License-Identifier: Apache-2.0
// How many terminals an account may have at the same time. The host has one limit of terminals for all jails
// (kernel.pty.max, 4096 by default), which is not per account; each devpts has a limit of its own. So the
// limits of the devpts that an account can be in at the same time add up to one number, whatever `instance`
// says.
#pragma once

#include <algorithm>
#include <cstdint>

#include "libjail/policy/manifest.h"

namespace jail::terminal_limits {

inline constexpr std::uint32_t kOfAnAccount = 256;
// Of instances of single sessions, so that each has four terminals at least.
inline constexpr std::uint32_t kMostInstances = 64;

// How many instances of single sessions there may be at the same time, including those in which processes go
// on after the session's end. 0: not applicable, sessions share the account's instance.
constexpr std::uint32_t most_instances(const Manifest& manifest) {
    if (!manifest.instance_per_session) return 0;
    const std::uint32_t sessions = manifest.limits.sessions;
    // A lingering instance has no session, and is not held by their limit.
    if (sessions == 0 || manifest.linger) return kMostInstances;
    return std::min(sessions, kMostInstances);
}

// Of each instance in which a session can be.
constexpr std::uint32_t of_an_instance(const Manifest& manifest) {
    return kOfAnAccount / std::max(1u, most_instances(manifest));
}

}  // namespace jail::terminal_limits
