// SPDX-License-Identifier: Apache-2.0
// SHA-256, the address of everything in the store.
#pragma once

#include <nettle/sha2.h>

#include <string>
#include <string_view>

namespace jail::provision {

class ContentHash {
public:
    ContentHash() { ::sha256_init(&context_); }

    void update(std::string_view bytes);
    // 64 hexadecimal digits. Ends the computation.
    std::string hex();

private:
    sha256_ctx context_;
};

std::string hash_of(std::string_view bytes);

}  // namespace jail::provision
