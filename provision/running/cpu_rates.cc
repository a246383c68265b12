// SPDX-License-Identifier: Apache-2.0
#include "provision/running/cpu_rates.h"

#include <chrono>

namespace jail::provision {

void CpuRates::apply(std::vector<InstanceRow>& rows, Time now) {
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now - looked_at_).count();
    std::map<std::pair<std::uint32_t, std::int64_t>, std::uint64_t> used;
    for (InstanceRow& row : rows) {
        if (!row.instance.use.cpu_us) continue;
        const std::pair key(row.instance.uid, row.instance.init_pid);
        used[key] = *row.instance.use.cpu_us;
        const auto before = before_.find(key);
        if (before == before_.end() || microseconds <= 0) continue;
        // The sum over processes becomes less when one has ended outside of the instance.
        const std::uint64_t more = used[key] > before->second ? used[key] - before->second : 0;
        row.cpu_percent = 100.0 * static_cast<double>(more) / static_cast<double>(microseconds);
    }
    before_ = std::move(used);
    looked_at_ = now;
}

}  // namespace jail::provision
