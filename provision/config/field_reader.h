// SPDX-License-Identifier: Apache-2.0
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

// The kind of value of a setting or a limit; a whole row is a Key (key.h).
struct Kind {
    enum class Form : std::uint8_t {
        kSection,  // a map of the keys below it
        kSpecial,  // what its row's `read` makes of it, and its `schema` says
        kBoolean,
        kChoice,  // one of some words; as a number, its place among them
        kSize,    // of bytes
        kCount,
        kPercent,   // of one processor
        kDuration,  // in seconds
        kMask,      // octal
        kDate,      // the first second after a day; 0: never
    };
    Form form = Form::kSpecial;
    Range range = {};
    std::span<const char* const> choices = {};  // word, meaning, word, ...
    bool is_limit = false;                      // may be `none`
};

// As the YAML writes it, where that is a word: of a choice, of a mask its three octal digits, of a
// date the day.
std::optional<std::string> word_of(const Kind& kind, std::uint64_t value);

bool is_variable_name(std::string_view name);

class FieldReader {
public:
    explicit FieldReader(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

    // Of a kind that is a number, or is kept as one.
    void value(const YamlNode& node, std::uint64_t& target, const Kind& kind);

    bool text(const YamlNode& node, std::string& target);
    void located_text(const YamlNode& node, Located<std::string>& target);
    void boolean(const YamlNode& node, bool& target);
    void optional_boolean(const YamlNode& node, std::optional<bool>& target);
    void count(const YamlNode& node, std::uint64_t& target, Range range = {});
    void size(const YamlNode& node, std::uint64_t& target, Range range = {});       // 4096, 64K, 512M, 1G, 2T
    void duration(const YamlNode& node, std::uint64_t& seconds, Range range = {});  // 45, 30s, 5m, 1h
    void percentage(const YamlNode& node, std::uint64_t& target, Range range);      // 50%
    void file_mode_mask(const YamlNode& node, std::uint64_t& target);               // octal
    void date(const YamlNode& node, std::uint64_t& target);                         // 2027-03-31, never
    void choice(const YamlNode& node, std::uint64_t& target, std::span<const char* const> choices);
    void texts(const YamlNode& node, std::vector<Located<std::string>>& target);       // appends
    void variables(const YamlNode& node, std::map<std::string, std::string>& target);  // name: value
    bool is_map(const YamlNode& node, std::string_view expected);
    bool is_list(const YamlNode& node, std::string_view expected);

    void wrong(const YamlNode& node, std::string_view expected);
    void unknown_key(const YamlNode& key, std::span<const std::string> known);
    Diagnostics& diagnostics() { return diagnostics_; }

private:
    Diagnostics& diagnostics_;
};

}  // namespace jail::provision
