// SPDX-License-Identifier: Apache-2.0
// A key of the YAML, as the tables of it are made of (keys.cc): what reads its value, and what a schema, a
// listing or an error has to know of it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "provision/config/field_reader.h"

namespace jail::provision {

template <class Target>
struct Key {
    std::string_view path;  // "limits.io.read"
    const char* text;       // one line, for people
    Kind kind;
    // Reports an error, and leaves the target alone then. Null: a section's keys are read instead.
    void (*read)(FieldReader& reader, const YamlNode& value, Target& target, const Kind& kind);
    // Members of a schema (JSON without the braces) that do not follow from `kind`.
    const char* schema = nullptr;
    // For a list of maps, which have a table of their own: "mounts.source".
    std::vector<std::string> (*items)() = nullptr;
};

// The keys of a table that are directly below `section` ("limits", or "" for the top) begin with this.
inline std::string below(std::string_view section) {
    return section.empty() ? std::string() : std::string(section) + ".";
}

// The last part of the path of a key of that section; empty: it is not directly in it.
inline std::string_view name_in(std::string_view section, std::string_view path) {
    const std::size_t start = section.empty() ? 0 : section.size() + 1;
    if (path.size() <= start || path.substr(0, start) != below(section)) return {};
    const std::string_view name = path.substr(start);
    return name.find('.') == std::string_view::npos ? name : std::string_view();
}

// Reads a map by a table. `note` is told of each key that was there.
template <class Target>
void read_keys(FieldReader& reader, const YamlNode& map, std::span<const Key<Target>> table, Target& target,
               std::string_view section = {},
               void (*note)(Target&, std::string_view path, const Position& at) = nullptr) {
    if (!reader.is_map(map, "a map of keys and values")) return;
    for (std::size_t i = 0; i + 1 < map.items.size(); i += 2) {
        const YamlNode &name = map.items[i], &value = map.items[i + 1];
        const Key<Target>* known = nullptr;
        std::vector<std::string> names;
        for (const Key<Target>& key : table) {
            const std::string_view own = name_in(section, key.path);
            if (own.empty()) continue;
            names.emplace_back(own);
            if (name.kind == YamlNode::Kind::kScalar && name.scalar == own) known = &key;
        }
        if (known == nullptr) {
            reader.unknown_key(name, names);
            continue;
        }
        if (note != nullptr) note(target, known->path, value.at);
        if (known->read != nullptr)
            known->read(reader, value, target, known->kind);
        else
            read_keys(reader, value, table, target, known->path, note);
    }
}

// Every key of a table; those of the items of lists after a dot.
template <class Target>
std::vector<std::string> list_keys(std::span<const Key<Target>> table) {
    std::vector<std::string> paths;
    for (const Key<Target>& key : table) {
        paths.emplace_back(key.path);
        if (key.items == nullptr) continue;
        for (const std::string& item : key.items()) paths.push_back(std::string(key.path) + "." + item);
    }
    return paths;
}

}  // namespace jail::provision
