// SPDX-License-Identifier: Apache-2.0
#include "provision/base/content_hash.h"

#include <cstdint>

namespace jail::provision {

void ContentHash::update(std::string_view bytes) {
    ::sha256_update(&context_, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
}

std::string ContentHash::hex() {
    std::uint8_t digest[SHA256_DIGEST_SIZE];
    ::sha256_digest(&context_, sizeof digest, digest);
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : digest) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

std::string hash_of(std::string_view bytes) {
    ContentHash hash;
    hash.update(bytes);
    return hash.hex();
}

}  // namespace jail::provision
