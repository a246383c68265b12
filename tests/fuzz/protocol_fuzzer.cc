// SPDX-License-Identifier: Apache-2.0
// The supervisor's protocol, both directions.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "libjail/session/protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto request = jail::protocol::decode_request(bytes))
        if (std::strlen(request.value().peer) >= sizeof request.value().peer) std::abort();
    if (const auto reply = jail::protocol::decode_reply(bytes))
        if (std::strlen(reply.value().message) >= sizeof reply.value().message) std::abort();
    if (const auto end = jail::protocol::decode_end(bytes))
        if (bytes[1] != static_cast<char>(end->number)) std::abort();
    return 0;
}
