// Small readers, one a type of value, that a table of fields is made of. Each reports what it found and what
// it expected, and leaves its target alone when the value is bad.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "provision/config/policy.h"
#include "provision/config/yaml_source.h"

namespace jail::provision {

struct Range {
    std::uint64_t least = 0;
    std::uint64_t most = UINT64_MAX;
    bool or_none = false;  // `none`, and 0 where that is below the least: read as kNotLimited
};

bool is_variable_name(std::string_view name);

class FieldReader {
public:
    explicit FieldReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

    bool text(const YamlNode& node, std::string& target);
    void located_text(const YamlNode& node, Located<std::string>& target);
    void boolean(const YamlNode& node, bool& target);
    void optional_boolean(const YamlNode& node, std::optional<bool>& target);
    void count(const YamlNode& node, std::uint64_t& target, Range range = {});
    void size(const YamlNode& node, std::uint64_t& target, Range range = {});       // 4096, 64K, 512M, 1G, 2T
    void duration(const YamlNode& node, std::uint64_t& seconds, Range range = {});  // 45, 30s, 5m, 1h
    void percentage(const YamlNode& node, std::uint64_t& target, Range range);      // 50%
    void file_mode_mask(const YamlNode& node, std::uint32_t& target);               // octal
    void texts(const YamlNode& node, std::vector<Located<std::string>>& target);    // appends
    void variables(const YamlNode& node, std::map<std::string, std::string>& target);  // name: value
    bool is_map(const YamlNode& node, std::string_view expected);
    bool is_list(const YamlNode& node, std::string_view expected);

    void wrong(const YamlNode& node, std::string_view expected);
    void unknown_key(const YamlNode& key, std::span<const std::string> known);
    Diagnostics& diagnostics() { return diagnostics_; }

private:
    Diagnostics& diagnostics_;
};

// A key, what reads its value into a Target and, where the value is a map (or a list of maps) with a table of
// its own, that table's keys.
template <class Target>
struct Field {
    const char* name;
    void (*read)(FieldReader& reader, const YamlNode& value, Target& target);
    std::vector<std::string> (*keys)() = nullptr;
};

// Every key of a table of fields; those of the tables below it after a dot.
std::vector<std::string> list_keys(const auto& table) {
    std::vector<std::string> paths;
    for (const auto& field : table) {
        paths.emplace_back(field.name);
        if (!field.keys) continue;
        for (const std::string& below : field.keys()) paths.push_back(field.name + ("." + below));
    }
    return paths;
}

template <const auto& kTable>
std::vector<std::string> keys_of() {
    return list_keys(kTable);
}

template <class Target>
void read_fields(FieldReader& reader, const YamlNode& map, std::span<const Field<Target>> table,
                 Target& target) {
    if (!reader.is_map(map, "a map of keys and values")) return;
    for (std::size_t i = 0; i + 1 < map.items.size(); i += 2) {
        const YamlNode& key = map.items[i];
        bool known = false;
        for (const Field<Target>& field : table) {
            if (key.kind != YamlNode::Kind::kScalar || key.scalar != field.name) continue;
            field.read(reader, map.items[i + 1], target);
            known = true;
        }
        if (known) continue;
        std::vector<std::string> names;
        for (const Field<Target>& field : table) names.emplace_back(field.name);
        reader.unknown_key(key, names);
    }
}

}  // namespace jail::provision
