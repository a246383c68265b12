// SPDX-License-Identifier: Apache-2.0
// All that jail-info(1) says, gathered as the account from what it can read in its jail: the record of the
// instance, /proc, and the files themselves. Nothing of it comes from the host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jailshell/info/places.h"
#include "libjail/policy/manifest.h"

namespace jail::jailshell {

// A row of limits.def, with what is used of it.
struct LimitUse {
    enum class Unit { kBytes, kCount, kPercent, kSeconds, kBytesPerSecond };

    std::string key;  // below limits:
    Unit unit = Unit::kCount;
    std::optional<std::uint64_t> limit;  // empty: none
    std::optional<std::uint64_t> used;   // empty: it cannot be known, or is of no meaning
    std::uint64_t spare = 0;             // of `used`: the kernel takes it back when it is needed

    std::optional<std::uint64_t> left() const;
};

struct Facts {
    InstanceRecord record;
    std::uint64_t running_since = 0;  // seconds since 1970; 0: unknown
    Access ways;                      // those that lead to a program which the jail has
    std::vector<std::string> commands;
    std::vector<MountPlace> writable;
    std::vector<LimitUse> limits;
    std::vector<Room> rooms;  // of the home, /tmp and /dev/shm
};

// Every row, without what is used.
std::vector<LimitUse> limits_of(const Limits& limits);

// The ways that are open: a shell starts also what the other clients ask for.
Access ways_of(const Manifest& manifest, const std::vector<std::string>& commands);

Result<Facts> gather_facts();

}  // namespace jail::jailshell
