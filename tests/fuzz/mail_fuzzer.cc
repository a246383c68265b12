// SPDX-License-Identifier: Apache-2.0
// The request that jail-mail reads: an accepted one has its form, and becomes the same bytes again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "libjail/session/mail_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    std::string_view message = bytes;
    const auto request = jail::take_mail_request(message);
    if (!request) return 0;
    if (jail::encode(request.value()) + std::string(message) != bytes) std::abort();
    if (request.value().recipients.size() > jail::kMostRecipients) std::abort();
    for (const std::string& recipient : request.value().recipients)
        if (!jail::is_mail_address(recipient)) std::abort();
    (void)jail::recipients_in_header(message);
    return 0;
}
