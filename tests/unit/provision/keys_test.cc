// SPDX-License-Identifier: Apache-2.0
// What names every key of the YAML, against the parser's own tables.
#include <gmock/gmock.h>

#include <algorithm>

#include "provision/config/policy_reader.h"
#include "source_text.h"

namespace jail::provision {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

bool has_word(const std::string& text, const std::string& word) {
    for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) return true;
    }
    return false;
}

// The paragraph of the manual that explains a key of the top level.
std::string paragraph(const std::string& manual, const std::string& key) {
    const std::string start = ".It Ic " + key + " ";
    const std::size_t from = manual.find(start);
    if (from == std::string::npos) return {};
    return manual.substr(from, std::min(manual.find("\n.It ", from), manual.find("\n.El", from)) - from);
}

std::string first_part(const std::string& key) {
    return key.substr(0, key.find('.'));
}

std::string last_part(const std::string& key) {
    return key.substr(key.rfind('.') + 1);
}

// "a.b.c" with a value: "a: {b: {c: value}}", in lists where the parser has lists.
std::string yaml_with(const std::string& key, const std::string& value) {
    const std::size_t dot = key.find('.');
    if (dot == std::string::npos) return key + ": " + value;
    const std::string outer = key.substr(0, dot);
    const bool list = outer == "files" || outer == "optional_files" || outer == "mounts";
    const std::string inner = "{" + yaml_with(key.substr(dot + 1), value) + "}";
    return outer + ": " + (list ? "[" + inner + "]" : inner);
}

std::string complaints_about(const std::string& text) {
    YamlNode root;
    Diagnostics diagnostics;
    Policy policy;
    EXPECT_TRUE(parse_yaml(text, "jail.yaml", root, diagnostics)) << text;
    read_jail(root, policy, diagnostics);
    return diagnostics.joined();
}

TEST(Keys, NestedOnesFollowADot) {
    EXPECT_THAT(jail_keys(), Contains("jail"));
    EXPECT_THAT(jail_keys(), Contains("limits.memory"));
    EXPECT_THAT(jail_keys(), Contains("files.content"));
    EXPECT_THAT(jail_keys(), Contains("mounts.writable"));
    EXPECT_THAT(bundle_keys(), Contains("optional_files.source"));
}

TEST(Keys, DefaultsAreAJailsApartFromItsNameAndWhoIsInIt) {
    EXPECT_THAT(defaults_keys(), Not(Contains("jail")));
    EXPECT_THAT(defaults_keys(), Not(Contains("accounts")));
    EXPECT_THAT(defaults_keys(), Not(Contains("groups")));
    EXPECT_THAT(defaults_keys(), Contains("limits.memory"));
}

TEST(Keys, EveryListedOneIsKnownToTheParser) {
    for (const std::string& key : jail_keys())
        EXPECT_THAT(complaints_about(yaml_with(key, "x")), Not(HasSubstr("unknown key"))) << key;
}

// A key with nested keys answers "unknown key": then those have to be in the list.
TEST(Keys, NoNestedOneIsMissing) {
    const std::vector<std::string> keys = jail_keys();
    for (const std::string& key : keys) {
        const bool has_keys = std::any_of(
            keys.begin(), keys.end(), [&](const std::string& other) { return other.starts_with(key + "."); });
        if (has_keys) continue;
        for (const char* value : {"{no_such_key: 1}", "[{no_such_key: 1}]"})
            EXPECT_THAT(complaints_about(yaml_with(key, value)), Not(HasSubstr("unknown key"))) << key;
    }
}

TEST(Keys, TheManualNamesEveryOneOfAJail) {
    const std::string manual = text_of("docs/man/jail.yaml.5");
    for (const std::string& key : jail_keys())
        EXPECT_TRUE(has_word(paragraph(manual, first_part(key)), last_part(key)))
            << "jail.yaml(5) does not explain " << key;
}

TEST(Keys, TheManualNamesEveryOneOfABundle) {
    const std::string manual = text_of("docs/man/jail.yaml.5");
    const std::size_t from = manual.find("\n.Ss Bundles");
    ASSERT_NE(from, std::string::npos);
    const std::string bundles = manual.substr(from, manual.find("\n.S", from + 1) - from);
    for (const std::string& key : bundle_keys()) {
        if (key.find('.') != std::string::npos) continue;  // of files, as in a jail
        EXPECT_TRUE(has_word(bundles, key)) << "jail.yaml(5) does not name the bundle's key " << key;
    }
}

}  // namespace
}  // namespace jail::provision
