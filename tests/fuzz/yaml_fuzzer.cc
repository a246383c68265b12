// SPDX-License-Identifier: Apache-2.0
// The administrator's files, which jail-provision reads as root: for any bytes, they are understood, or
// refused with a line that says where; reading takes bounded memory.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "provision/config/policy_reader.h"

namespace {

using namespace jail::provision;

void require(bool condition) {
    if (!condition) std::abort();
}

std::size_t nodes_of(const YamlNode& node) {
    std::size_t count = 1;
    for (const YamlNode& item : node.items) count += nodes_of(item);
    return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    YamlNode root;
    Diagnostics diagnostics;
    if (!parse_yaml(text, "fuzz.yaml", root, diagnostics)) {
        require(!diagnostics.empty());
        return 0;
    }
    require(nodes_of(root) <= kMaxYamlNodes + 1);
    Policy policy, defaults;
    Bundle bundle;
    read_jail(root, policy, diagnostics);
    read_defaults(root, defaults, diagnostics);
    read_bundle(root, bundle, diagnostics);
    for (const std::string& line : diagnostics.lines())
        require(line.find('\n') == std::string::npos && !line.empty());
    return 0;
}
