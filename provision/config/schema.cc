// SPDX-License-Identifier: Apache-2.0
#include "provision/config/schema.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "provision/config/keys.h"
#include "provision/syscalls/syscall_groups.h"
#include "provision/syscalls/syscall_names.h"

namespace jail::provision {

namespace {

using Json = nlohmann::ordered_json;

// A regular expression for the decimal numbers of `least` and more, without zeros before them.
std::string at_least(std::uint64_t least) {
    const std::string digits = std::to_string(least);
    std::string larger;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const char digit = digits[i];
        if (digit == '9') continue;
        const std::size_t rest = digits.size() - i - 1;
        larger += digits.substr(0, i) + "[" + std::string(1, static_cast<char>(digit + 1)) + "-9]";
        if (rest > 0) larger += "[0-9]{" + std::to_string(rest) + "}";
        larger += "|";
    }
    return "(" + larger + digits + "|[1-9][0-9]{" + std::to_string(digits.size()) + ",})";
}

// Sizes of at least so many bytes, in each unit.
std::string size_pattern(std::uint64_t least) {
    constexpr const char* kUnits[] = {"B?", "K", "M", "G", "T"};
    std::string pattern;
    for (int unit = 0; unit < 5; ++unit) {
        const std::uint64_t factor = 1ull << (10 * unit);
        pattern += (unit == 0 ? "" : "|") + at_least((least + factor - 1) / factor) + kUnits[unit];
    }
    return "^0*(" + pattern + ")$";
}

Json reference(const char* definition) {
    return {{"$ref", std::string("#/definitions/") + definition}};
}

Json size_schema(const Kind& kind) {
    const char* const type = kind.range.most == UINT64_MAX ? "size" : "bytes";
    if (kind.range.least <= 1) return reference(type);
    return {{"allOf", Json::array({reference(type)})},
            {"minimum", kind.range.least},
            {"pattern", size_pattern(kind.range.least)},
            {"patternErrorMessage", "expected a size of at least " + std::to_string(kind.range.least) +
                                        " bytes, like 64M (units K, M, G, T)"}};
}

Json duration_schema(const Kind& kind) {
    if (kind.range.least <= 1) return reference("duration");
    std::string below;
    for (std::uint64_t i = 1; i < kind.range.least; ++i) below += (i == 1 ? "" : "|") + std::to_string(i);
    return {{"allOf", Json::array({reference("duration")})},
            {"not",
             {{"anyOf", Json::array({{{"type", "integer"}, {"minimum", 1}, {"maximum", kind.range.least - 1}},
                                     {{"type", "string"}, {"pattern", "^0*(" + below + ")s?$"}}})}}}};
}

// Adds to a limit `none`, and 0 where that means the same.
Json or_none(Json schema, const Kind& kind) {
    Json alternatives = Json::array({reference("none")});
    if (kind.form == Kind::Form::kSize && kind.range.least > 1)
        alternatives.push_back(reference("zero_size"));
    alternatives.push_back(std::move(schema));
    return {{"anyOf", std::move(alternatives)}};
}

Json value_schema(const Kind& kind) {
    Json words = Json::array();
    switch (kind.form) {
        case Kind::Form::kBoolean:
            return {{"type", "boolean"}};
        case Kind::Form::kChoice:
            for (std::size_t i = 0; i < kind.choices.size(); i += 2) words.push_back(kind.choices[i]);
            return {{"enum", std::move(words)}};
        case Kind::Form::kSize:
            return kind.is_limit ? or_none(size_schema(kind), kind) : size_schema(kind);
        case Kind::Form::kDuration:
            return kind.is_limit ? or_none(duration_schema(kind), kind) : duration_schema(kind);
        case Kind::Form::kCount:
            return {{"anyOf", Json::array({reference("none_or_0"),
                                           {{"type", "integer"},
                                            {"minimum", kind.range.least},
                                            {"maximum", kind.range.most}}})}};
        case Kind::Form::kPercent:
            return {{"allOf", Json::array({reference("share")})}};
        case Kind::Form::kMask:
            return {{"allOf", Json::array({reference("mask")})}};
        case Kind::Form::kDate:
            return {{"allOf", Json::array({reference("day")})}};
        case Kind::Form::kSection:
        case Kind::Form::kSpecial:
            return Json::object();
    }
    return Json::object();
}

// As the YAML writes it: 64M, 30s, 022.
Json default_text(const Kind& kind, std::uint64_t value) {
    if (const auto word = word_of(kind, value)) return *word;
    if (kind.form == Kind::Form::kBoolean) return value != 0;
    if (kind.form == Kind::Form::kDuration) return std::to_string(value) + "s";
    const bool in_mebibytes = kind.form == Kind::Form::kSize && value != 0 && value % (1u << 20) == 0;
    return in_mebibytes ? Json(std::to_string(value >> 20) + "M") : Json(value);
}

// nullopt: it has no default, or one that depends on the machine.
std::optional<std::uint64_t> default_of(std::string_view path, const Kind& kind) {
    const Settings settings;
#define SETTING(key, type, member, initial, kind_, since, text) \
    if (path == (key)) return static_cast<std::uint64_t>(settings.member);
#include "libjail/policy/settings.def"
#undef SETTING
#define LIMIT(key, type, member, kind_, fallback, text) \
    if (path == "limits." key && ((fallback) != 0 || kind.range.least == 0)) return fallback;
#include "libjail/policy/limits.def"
#undef LIMIT
    return std::nullopt;
}

Json described(const char* text, const char* more) {
    Json schema = {{"description", text}};
    if (more != nullptr) schema.update(Json::parse("{" + std::string(more) + "}"));
    return schema;
}

template <class Target>
Json properties(std::span<const Key<Target>> table, std::string_view section);

template <class Target>
Json property(const Key<Target>& key, std::span<const Key<Target>> table) {
    Json schema = described(key.text, key.schema);
    if (key.kind.form == Kind::Form::kSection) {
        if (!schema.contains("type")) schema["type"] = "object";
        schema["additionalProperties"] = false;
        schema["properties"] = properties(table, key.path);
        return schema;
    }
    schema.update(value_schema(key.kind));
    if (const auto value = default_of(key.path, key.kind)) schema["default"] = default_text(key.kind, *value);
    return schema;
}

template <class Target>
Json properties(std::span<const Key<Target>> table, std::string_view section) {
    Json all = Json::object();
    for (const Key<Target>& key : table)
        if (const std::string_view name = name_in(section, key.path); !name.empty())
            all[std::string(name)] = property(key, table);
    return all;
}

Json object_of(Json properties) {
    return {{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
}

// The names that there are in the tables of the filter (provision/syscalls).
void add_syscalls(Json& definitions) {
    Json groups = Json::array({kDefaultGroups});
    for (const RefusedGroup& group : refused_groups()) groups.push_back(group.name);
    definitions["allowed_syscalls"] = {{"enum", allowable_names()}};
    Json& denied = definitions["denied_syscalls"]["anyOf"];
    denied.insert(denied.begin(), Json{{"enum", std::move(groups)}});
}

Json head(const char* title, const char* comment) {
    return {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", title}, {"$comment", comment}};
}

}  // namespace

Json jail_schema(const Json& definitions) {
    Json schema = head("a jail: /etc/jail/jails/NAME.yaml",
                       "Draft 7, as it is the newest one that the YAML language server reads. tests/schema "
                       "holds this file and "
                       "`jail-provision check` to the same verdicts. What a schema cannot know, and the tool "
                       "checks alone: which "
                       "commands, files, bundles, groups and system calls there are; what jail.yaml says "
                       "(so: whether access fits to "
                       "include, whether anybody can log in); anchors, aliases and tags; how a number was "
                       "spelled (1e3, 0x10 and +5 "
                       "are none to the tool), and True and TRUE, which it does not take for true; sizes "
                       "between 2^64 bytes and the "
                       "next power of ten. Where the tool takes any text, names that YAML reads as something "
                       "else (an account called "
                       "true) need quotes here.");
    schema["type"] = "object";
    schema["required"] = {"jail"};
    schema.update(object_of(properties(policy_keys(), "")));
    Json mount = object_of(properties(mount_keys(), ""));
    mount["required"] = {"source"};
    schema["properties"]["mounts"].update(Json{{"type", "array"}, {"items", std::move(mount)}});
    schema["definitions"] = definitions;
    add_syscalls(schema["definitions"]);
    Json file = object_of(properties(file_keys(), ""));
    file["required"] = {"path"};
    file["oneOf"] = Json::array({{{"required", {"source"}}}, {{"required", {"content"}}}});
    schema["definitions"]["file"] = std::move(file);
    return schema;
}

Json defaults_schema() {
    Json schema =
        head("defaults of the host's jails: /etc/jail/jail.yaml",
             "A jail's keys without those that say which jail it is and who is in it. What jail.schema.json "
             "says of its limits holds here too.");
    Json all = Json::object();
    for (const Key<Policy>& key : defaults_table())
        if (key.path.find('.') == std::string_view::npos)
            all[std::string(key.path)] = {{"$ref", "jail.schema.json#/properties/" + std::string(key.path)}};
    schema.update(object_of(std::move(all)));
    schema["type"] = {"object", "null"};
    return schema;
}

Json bundle_schema() {
    Json schema = head("a bundle: /etc/jail/bundles/NAME.yaml",
                       "What jail.schema.json says of its limits holds here too.");
    schema.update(object_of(properties(bundle_table(), "")));
    schema["required"] = {"bundle"};
    return schema;
}

}  // namespace jail::provision
