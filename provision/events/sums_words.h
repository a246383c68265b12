// SPDX-License-Identifier: Apache-2.0
// Sums as a table for people, and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "provision/events/sums.h"

namespace jail::provision {

// A header, a line for each row and one for all of them, where there are several. Names are anybody's: no
// byte of a line can end it or steer a terminal.
std::vector<std::string> table_of(By by, const std::vector<Sums::Row>& rows, const Sum& total);

nlohmann::json as_json(const Sum& sum);

}  // namespace jail::provision
