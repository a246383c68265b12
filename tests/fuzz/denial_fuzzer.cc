// SPDX-License-Identifier: Apache-2.0
// Messages of a jail's processes about a denial, or a session's end, read by root: accepted bytes have the
// right form, and encode to the same bytes again. No message is both.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "libjail/session/denial.h"
#include "libjail/session/session_end.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto end = jail::decode_session_end(bytes);
    if (end) {
        const int status = end->program.by_signal ? end->program.number : end->program.number << 8;
        if (jail::encode_session_end(end->session, status) != bytes) std::abort();
    }
    const auto said = jail::decode_denial(bytes);
    if (said && end) std::abort();
    if (!said) return 0;
    const jail::Denial& denial = said.value();
    if (denial.event_id.size() != 8 || denial.cause.empty() || size > jail::kMaxDenialBytes) std::abort();
    if (jail::encode(denial) != bytes) std::abort();
    return 0;
}
