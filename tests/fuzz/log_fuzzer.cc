// SPDX-License-Identifier: Apache-2.0
// Output that root makes from bytes of an account or a peer: a message for the host's syslog, a JSON string,
// a line, a journal's entry. For any bytes, the result is one bounded line, and names its sender; the entry
// has as many lines as there are fields.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "libjail/base/escape.h"
#include "libjail/events/journal.h"
#include "supervisor/recorder/syslog_message.h"

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

void require_entry(const std::string& entry, bool without_cause) {
    static const char* const kStarts[] = {
        "MESSAGE=",          "PRIORITY=3",  "SYSLOG_FACILITY=10",    "SYSLOG_IDENTIFIER=jailshell",
        "JAIL_EVENT=denial", "JAIL_CAUSE=", "JAIL_ACCOUNT=harlequin"};
    std::string_view rest = entry;
    for (const std::string_view start : kStarts) {
        if (without_cause && start == "JAIL_CAUSE=") continue;
        const std::size_t end = rest.find('\n');
        require(end != std::string_view::npos && rest.substr(0, start.size()) == start);
        require_line(rest.substr(0, end), 2048);
        rest.remove_prefix(end + 1);
    }
    require(rest.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::string json = jail::json_string(bytes, 64);
    require_line(json, 66);
    require_json(json);
    require_line(jail::printable(bytes, 64), 64);
    jail::Event event("denial");
    (void)event.text("cause", bytes).text("account", "harlequin");
    require_entry(jail::journal_entry(event, {3, "jailshell", bytes}), bytes.empty());
    const std::string of_root =
        jail::supervisor::forwarded_message(bytes, {true, 1}, "arkham/harlequin", "Jan  2 03:04:05");
    require_line(of_root, 2048);
    const std::string forwarded =
        jail::supervisor::forwarded_message(bytes, {false, 4711}, "arkham/harlequin", "Jan  2 03:04:05");
    require_line(forwarded, 2048);
    const std::size_t end = forwarded.find('>');
    require(forwarded[0] == '<' && end != std::string::npos);
    const int priority = std::atoi(forwarded.c_str() + 1);
    require(priority >> 3 == 1 && (priority & 7) >= 3);
    require(forwarded.substr(end + 1).rfind("Jan  2 03:04:05 jail[4711]: arkham/harlequin: ", 0) == 0);
    return 0;
}
