// SPDX-License-Identifier: Apache-2.0
// A running jail as ps and top show it.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "provision/accounts/running_instances.h"
#include "provision/host/selection.h"

namespace jail::provision {

struct InstanceRow {
    RunningInstance instance;
    bool frozen = false;
    std::uint64_t newest = 0;  // generation; 0: the jail is published no more
    std::optional<std::int64_t> idle;
    std::size_t processes = 0;
    std::vector<std::string> programs;       // distinct names, made printable
    std::optional<double> cpu_percent = {};  // of one processor, since the look before (cpu_rates.h)
};

// By uid, those that the selection has. Needs root.
std::vector<InstanceRow> instance_rows(const Layout& layout, const Selection& selection);

// "in use", "frozen", "warm", "lingers"
std::string state_of(const InstanceRow& row);

// cpu_percent is not in it.
nlohmann::json as_json(const InstanceRow& row);

}  // namespace jail::provision
