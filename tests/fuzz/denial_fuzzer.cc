// What a jail's processes say of a denial, read by root: whatever is accepted has its form, and becomes the
// same bytes again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "libjail/denial.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto said = jail::decode_denial(bytes);
    if (!said) return 0;
    const jail::Denial& denial = said.value();
    if (denial.event_id.size() != 8 || denial.cause.empty() || size > jail::kMaxDenialBytes) std::abort();
    if (jail::encode(denial) != bytes) std::abort();
    return 0;
}
