// SPDX-License-Identifier: Apache-2.0
#include "libjail/base/escape.h"

#include <cstdio>

namespace jail {
namespace {

// The length of the well-formed UTF-8 character (RFC 3629, table of section 4) that `text` begins with; 0: it
// does not begin with one. The C1 controls, which terminals obey, do not count.
std::size_t character_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xc2 && first <= 0xdf   ? 2
                               : first >= 0xe0 && first <= 0xef ? 3
                               : first >= 0xf0 && first <= 0xf4 ? 4
                                                                : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    const unsigned char second = byte(1);
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool surrogate = first == 0xed && second > 0x9f;
    const bool too_large = first == 0xf4 && second > 0x8f;
    const bool control = first == 0xc2 && second < 0xa0;
    return overlong || surrogate || too_large || control ? 0 : length;
}

std::string formatted(const char* format, unsigned char byte) {
    char text[8];
    (void)std::snprintf(text, sizeof text, format, byte);
    return text;
}

// `piece` gives the replacement of the character of `length` bytes (0: a byte that is not one) at the front.
template <class Piece>
std::string escape(std::string_view text, std::size_t bound, Piece piece) {
    constexpr std::string_view kMore = "...";
    std::string escaped;
    std::size_t cut = 0;  // how much of it leaves room for kMore
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        const std::string next = piece(text, length);
        if (escaped.size() + next.size() > bound)
            return escaped.substr(0, cut).append(kMore.substr(0, bound));
        escaped += next;
        if (escaped.size() + kMore.size() <= bound) cut = escaped.size();
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return escaped;
}

}  // namespace

std::string json_string(std::string_view text, std::size_t bound) {
    return '"' +
           escape(text, bound,
                  [](std::string_view rest, std::size_t length) -> std::string {
                      const auto byte = static_cast<unsigned char>(rest[0]);
                      if (length == 0) return "\\ufffd";
                      if (byte == '"') return "\\\"";
                      if (byte == '\\') return "\\\\";
                      if (byte < 0x20 || byte == 0x7f) return formatted("\\u%04x", byte);
                      return std::string(rest.substr(0, length));
                  }) +
           '"';
}

std::string printable(std::string_view text, std::size_t bound) {
    return escape(text, bound, [](std::string_view rest, std::size_t length) -> std::string {
        const auto byte = static_cast<unsigned char>(rest[0]);
        if (length == 0 || byte < 0x20 || byte == 0x7f) return formatted("\\x%02x", byte);
        return std::string(rest.substr(0, length));
    });
}

}  // namespace jail
