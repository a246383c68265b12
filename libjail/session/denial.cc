// SPDX-License-Identifier: Apache-2.0
#include "libjail/session/denial.h"

#include <algorithm>

#include "libjail/events/event.h"

namespace jail {
namespace {

std::string_view kept(std::string_view text) {
    return text.substr(0, std::min(text.find('\0'), kMaxDenialText));
}

}  // namespace

std::string encode(const Denial& denial) {
    std::string bytes = denial.event_id;
    for (const std::string* text : {&denial.cause, &denial.command}) {
        bytes += '\0';
        bytes += kept(*text);
    }
    return bytes;
}

Result<Denial> decode_denial(std::string_view bytes) {
    const auto bad = [](const char* why) {
        return refused(EBADMSG, "cannot read the denial: " + std::string(why));
    };
    const std::string_view id = bytes.substr(0, kEventIdBytes);
    if (!is_event_id(id)) return bad("no event id");
    std::string_view rest = bytes.substr(kEventIdBytes);
    if (rest.empty() || rest[0] != '\0') return bad("no cause");
    rest.remove_prefix(1);
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos) return bad("no command");
    const std::string_view cause = rest.substr(0, end), command = rest.substr(end + 1);
    if (cause.empty() || cause.size() > kMaxDenialText) return bad("a cause of no such length");
    if (kept(command) != command) return bad("a command that is too long, or more than one");
    return Denial{std::string(id), std::string(cause), std::string(command)};
}

Result<> send_denial(const Denial& denial, const std::string& path) {
    return send_to_inbox(encode(denial), 0, path);
}

}  // namespace jail
