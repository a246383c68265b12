// SPDX-License-Identifier: Apache-2.0
// Foreign bytes (a peer's name, a terminal, what a jailed process logs) made harmless for a log: control
// characters and bytes that are not UTF-8 do not pass, and the length is bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jail {

// A JSON string (RFC 8259), quotes included. At most `bound` bytes between the quotes; a longer text ends in
// "...".
std::string json_string(std::string_view text, std::size_t bound = 400);

// One line for a human's log: control characters and bytes that are not UTF-8 as \x0a. At most `bound` bytes;
// a longer text ends in "...".
std::string printable(std::string_view text, std::size_t bound = 400);

}  // namespace jail
