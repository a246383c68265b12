// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace jail::provision {

std::string count_of(std::size_t number, const std::string& thing);  // "1 tree", "2 trees"
std::string human_size(std::uint64_t bytes);                         // "1.5 MiB"
std::string span_of(std::int64_t seconds);                           // "3s", "12m", "5h", "8d"

}  // namespace jail::provision
