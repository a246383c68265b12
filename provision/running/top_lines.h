// SPDX-License-Identifier: Apache-2.0
// The lines of top. They are ASCII: names are anybody's, and a character that a terminal shows in two
// columns, in none or from right to left would move what stands beside it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "provision/running/instance_row.h"
#include "provision/running/row_order.h"

namespace jail::provision {

// "18:04:11, 3 jails, 5 sessions, cpu 12.3 %, memory 1.2 GiB, by cpu". `now`: seconds since 1970.
std::string title_line(const std::vector<InstanceRow>& rows, SortKey key, std::int64_t now);
std::string header_line();
std::string row_line(const InstanceRow& row, std::int64_t now);

// Every byte that is not printable ASCII as \xHH.
std::string ascii(const std::string& text);

}  // namespace jail::provision
