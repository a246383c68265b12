// What root makes of bytes that an account or a peer chose: a message for the host's syslog, a JSON string, a
// line. Whatever the bytes, the result is one bounded line, and says whose it is.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "libjail/escape.h"
#include "supervisor/syslog_message.h"

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

void require_line(std::string_view text, std::size_t bound) {
    require(text.size() <= bound);
    for (const unsigned char c : text) require(c >= 0x20 && c != 0x7f);
}

// Every quote and backslash between the outer quotes is part of an escape.
void require_json(std::string_view text) {
    require(text.size() >= 2 && text.front() == '"' && text.back() == '"');
    text = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        require(text[i] != '"');
        if (text[i] != '\\') continue;
        require(++i < text.size());
        require(text[i] == '"' || text[i] == '\\' || text[i] == 'u');
        if (text[i] == 'u') require(i + 4 < text.size());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::string json = jail::json_string(bytes, 64);
    require_line(json, 66);
    require_json(json);
    require_line(jail::printable(bytes, 64), 64);
    const std::string of_root =
        jail::forwarded_message(bytes, {true, 1}, "arkham/harlequin", "Jan  2 03:04:05");
    require_line(of_root, 2048);
    const std::string forwarded =
        jail::forwarded_message(bytes, {false, 4711}, "arkham/harlequin", "Jan  2 03:04:05");
    require_line(forwarded, 2048);
    const std::size_t end = forwarded.find('>');
    require(forwarded[0] == '<' && end != std::string::npos);
    const int priority = std::atoi(forwarded.c_str() + 1);
    require(priority >> 3 == 1 && (priority & 7) >= 3);
    require(forwarded.substr(end + 1).rfind("Jan  2 03:04:05 jail[4711]: arkham/harlequin: ", 0) == 0);
    return 0;
}
