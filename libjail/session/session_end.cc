// SPDX-License-Identifier: Apache-2.0
#include "libjail/session/session_end.h"

#include "libjail/events/event.h"

namespace jail {
namespace {

constexpr char kMark = '=';
constexpr int kPatienceMs = 1000;

}  // namespace

std::string encode_session_end(std::string_view session, int wait_status) {
    return kMark + std::string(session) + protocol::encode_end(wait_status);
}

std::optional<SessionEnd> decode_session_end(std::string_view bytes) {
    if (bytes.empty() || bytes[0] != kMark) return std::nullopt;
    const std::string_view session = bytes.substr(1, kEventIdBytes);
    if (!is_event_id(session)) return std::nullopt;
    const auto program = protocol::decode_end(bytes.substr(1 + session.size()));
    if (!program) return std::nullopt;
    return SessionEnd{std::string(session), *program};
}

Result<> send_session_end(std::string_view session, int wait_status, const std::string& path) {
    return send_to_inbox(encode_session_end(session, wait_status), kPatienceMs, path);
}

}  // namespace jail
