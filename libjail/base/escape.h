// Foreign bytes (a peer's name, a terminal, what a jailed process logs) made harmless for a log: no control
// character and no byte that is not UTF-8 passes, and nothing grows beyond its bound.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jail {

// A JSON string (RFC 8259), quotes included. At most `bound` bytes between the quotes; what is longer ends in
// "...".
std::string json_string(std::string_view text, std::size_t bound = 400);

// One line for a human's log: control characters and bytes that are not UTF-8 as \x0a. At most `bound` bytes;
// what is longer ends in "...".
std::string printable(std::string_view text, std::size_t bound = 400);

}  // namespace jail
