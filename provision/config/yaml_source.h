// SPDX-License-Identifier: Apache-2.0
// YAML as positions and plain values. yaml-cpp is used as an event parser only, so that hostile input is
// refused while it is read: no aliases or anchors (alias bombs), no tags, bounded depth, count and size, one
// document, no key twice in a map.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "provision/base/diagnostics.h"
#include "provision/base/layout.h"

namespace jail::provision {

// yaml-cpp reads ahead of its events: for brackets alone it takes 250 bytes of memory each.
inline constexpr std::size_t kMaxYamlBytes = 256u << 10;
inline constexpr int kMaxYamlDepth = 32;
inline constexpr std::size_t kMaxYamlNodes = 100'000;

struct YamlNode {
    enum class Kind { kNull, kScalar, kList, kMap };
    Kind kind = Kind::kNull;
    bool quoted = false;  // "true" in quotes is text, not a boolean
    Position at;
    std::string scalar;
    std::vector<YamlNode> items;  // of a list; of a map: key, value, key, value
};

// Parses the text; `name` is what messages call it. False: unusable, diagnostics say why. A key written twice
// is reported, but the rest is still read, so that all mistakes show at once.
bool parse_yaml(std::string_view text, const std::string& name, YamlNode& root, Diagnostics& diagnostics);

// Reads a configuration file and parses it. Refused: not a regular file, a foreign owner, writable by group
// or others (others must not be able to change a policy), too large.
bool load_yaml(const Layout& layout, const std::string& path, YamlNode& root, Diagnostics& diagnostics);

}  // namespace jail::provision
