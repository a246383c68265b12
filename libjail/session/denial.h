// SPDX-License-Identifier: Apache-2.0
// A denial by jailshell inside a jail, told to the account's supervisor: one datagram to its inbox.
#pragma once

#include <string>
#include <string_view>

#include "libjail/base/result.h"
#include "libjail/session/inbox.h"

namespace jail {

struct Denial {
    std::string event_id;  // which the person was told: eight hexadecimal digits, lower case
    std::string cause;     // never empty
    std::string command;   // that the client asked for; may be empty
};

// Each text is cut to the length that an event keeps (event.h), and at the first NUL.
inline constexpr std::size_t kMaxDenialText = 500;
inline constexpr std::size_t kMaxDenialBytes = 8 + 2 * (1 + kMaxDenialText);

// event id NUL cause NUL command; a text beyond its bound is cut.
std::string encode(const Denial& denial);

// EBADMSG: bytes that encode() does not make. The texts are foreign bytes.
Result<Denial> decode_denial(std::string_view bytes);

// Never waits: inbox.h has the errors.
Result<> send_denial(const Denial& denial, const std::string& path = kInbox);

}  // namespace jail
