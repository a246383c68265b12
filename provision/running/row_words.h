// SPDX-License-Identifier: Apache-2.0
// The columns of a running jail's line, for people. All that an account can have had a part in is made
// printable.
#pragma once

#include <cstdint>
#include <string>

#include "provision/running/instance_row.h"

namespace jail::provision {

std::string cpu_of(const InstanceRow& row);             // "12s"
std::string memory_of(const InstanceRow& row);          // "3.1 MiB/512.0 MiB"
std::string tasks_of(const InstanceRow& row);           // "7/256"
std::string from_of(const RunningInstance& instance);   // "192.0.2.7 sshd +1"
std::string since_of(const RunningInstance& instance);  // "18:04", "Nov 30"
std::string idle_of(const InstanceRow& row);            // "5m"
std::string generation_of(const InstanceRow& row);      // "3 (of 4)"

// The programs; of a jail without a session how long it stays. `now`: seconds since 1970.
std::string what_of(const InstanceRow& row, std::int64_t now);

}  // namespace jail::provision
