// SPDX-License-Identifier: Apache-2.0
// Numbers as the kernel's files have them, and as people read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libjail/policy/manifest.h"

namespace jail::jailshell {

// Decimal digits and nothing else.
std::optional<std::uint64_t> number_in(std::string_view text);

// The words between spaces, tabs and newlines.
std::vector<std::string_view> words_of(std::string_view text);

// The number behind `key` and spaces at the beginning of a line.
std::optional<std::uint64_t> value_of(std::string_view text, std::string_view key);

std::string size_in_words(std::uint64_t bytes);        // "1.5 GiB"
std::string duration_in_words(std::uint64_t seconds);  // "7h 42m"

// "mon-fri 08:00-18:00, sat 09:00-12:00": days in a row that have the same times together, from Monday on.
std::string hours_in_words(const std::vector<LoginHours>& hours);
// The times of one day, from - to.
std::vector<std::string> times_of(const std::vector<LoginHours>& hours, std::uint32_t day);
inline constexpr const char* kDayNames[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

}  // namespace jail::jailshell
