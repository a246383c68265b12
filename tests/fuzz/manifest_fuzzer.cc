// SPDX-License-Identifier: Apache-2.0
// Every record that root reads on the login path: whatever the bytes, the decoder refuses or gives a record
// that meets validate() and encodes to the same bytes again.
#include <cstdint>
#include <cstdlib>

#include "libjail/policy/manifest.h"

namespace {

template <class Record>
void check(const jail::Result<Record>& read, std::string_view bytes) {
    if (!read) return;
    if (!jail::validate(read.value()) || jail::encode(read.value()) != bytes) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    check(jail::decode_manifest(bytes), bytes);
    check(jail::decode_account(bytes), bytes);
    check(jail::decode_group(bytes), bytes);
    check(jail::decode_instance(bytes), bytes);
    return 0;
}
