// SPDX-License-Identifier: Apache-2.0
// The schemas for editors, as they are built from the tables of keys, have the parser's keys, no more and no
// less. (What they say about values is tests/schema's.)
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "provision/config/policy_reader.h"

namespace jail::provision {
namespace {

using nlohmann::json;
using testing::UnorderedElementsAreArray;

json schema(const std::string& file) {
    return json::parse(std::ifstream(BUILT_SCHEMAS "/" + file));
}

// "#/definitions/size" of the same file, "jail.schema.json#/properties/home" of another one.
json resolve(const std::string& reference, std::string& file) {
    const std::size_t hash = reference.find('#');
    if (hash > 0) file = reference.substr(0, hash);
    return schema(file).at(json::json_pointer(reference.substr(hash + 1)));
}

void add_keys(const json& part, std::string file, const std::string& prefix, std::vector<std::string>& keys) {
    if (part.contains("$ref")) {
        const json target = resolve(part["$ref"], file);
        return add_keys(target, file, prefix, keys);
    }
    if (part.contains("properties"))
        for (const auto& [name, value] : part["properties"].items()) {
            keys.push_back(prefix + name);
            add_keys(value, file, prefix + name + ".", keys);
        }
    for (const char* list : {"allOf", "anyOf"})
        for (const json& alternative : part.value(list, json::array()))
            add_keys(alternative, file, prefix, keys);
    if (part.contains("items")) add_keys(part["items"], file, prefix, keys);
}

std::vector<std::string> keys_of_schema(const std::string& file) {
    std::vector<std::string> keys;
    add_keys(schema(file), file, "", keys);
    return keys;
}

TEST(SchemaKeys, JailHasTheParsers) {
    EXPECT_THAT(keys_of_schema("jail.schema.json"), UnorderedElementsAreArray(jail_keys()));
}

TEST(SchemaKeys, DefaultsHaveTheParsers) {
    EXPECT_THAT(keys_of_schema("defaults.schema.json"), UnorderedElementsAreArray(defaults_keys()));
}

TEST(SchemaKeys, BundleHasTheParsers) {
    EXPECT_THAT(keys_of_schema("bundle.schema.json"), UnorderedElementsAreArray(bundle_keys()));
}

}  // namespace
}  // namespace jail::provision
