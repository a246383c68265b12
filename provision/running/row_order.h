// SPDX-License-Identifier: Apache-2.0
// The order of the rows of top.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "provision/running/instance_row.h"

namespace jail::provision {

enum class SortKey { kCpu, kMemory, kTasks, kAccount };

std::optional<SortKey> parse_sort_key(const std::string& word);  // "cpu", "memory", "tasks", "account"
const char* name_of(SortKey key);

// The largest first, those without a figure last; accounts by name, which also decides between equals.
void sort_rows(std::vector<InstanceRow>& rows, SortKey key);

}  // namespace jail::provision
