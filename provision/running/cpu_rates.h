// SPDX-License-Identifier: Apache-2.0
// How much of a processor each running jail took between two looks.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "libjail/base/clock.h"
#include "provision/running/instance_row.h"

namespace jail::provision {

class CpuRates {
public:
    // Fills in cpu_percent: 100 is one processor. A jail that did not run at the look before has none, nor
    // one that was ended and started since.
    void apply(std::vector<InstanceRow>& rows, Time now);

private:
    std::map<std::pair<std::uint32_t, std::int64_t>, std::uint64_t>
        before_;  // by uid and PID 1: microseconds
    Time looked_at_{};
};

}  // namespace jail::provision
