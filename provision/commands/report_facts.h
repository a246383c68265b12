// SPDX-License-Identifier: Apache-2.0
// Facts for an auditor, read from the published state, the log of events and the doctor.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>

#include "libjail/base/result.h"
#include "provision/base/layout.h"

namespace jail::provision {

// {schema, host, generated, since, jails, accounts, groups, days, denials, findings}; times in seconds since
// 1970. `since`: events before it do not count.
Result<nlohmann::json> collect_facts(const Layout& layout, std::int64_t since);

}  // namespace jail::provision
