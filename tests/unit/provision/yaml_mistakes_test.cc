// SPDX-License-Identifier: Apache-2.0
#include "provision/config/yaml_mistakes.h"

#include <gmock/gmock.h>

#include "provision/config/yaml_source.h"

namespace jail::provision {
namespace {

std::string complaint(const std::string& text) {
    YamlNode root;
    Diagnostics diagnostics;
    EXPECT_FALSE(parse_yaml(text, "f", root, diagnostics)) << text;
    return diagnostics.joined();
}

TEST(YamlMistakes, AreSaidInTheAdministratorsWords) {
    const std::pair<const char*, const char*> cases[] = {
        {"jail: t\ncommands:\n\t- bash\n", "f:3:1: found a tab; YAML is indented with blanks\n"},
        {"jail: t\nlimits:\n  tasks: 1\n\tmemory: 2\n", "f:4:1: found a tab; YAML is indented with blanks\n"},
        {"jail:t\ncommands: [bash]\n", "f:1:6: expected a blank after the colon\n"},
        {"jail: t\nshell:/bin/sh\naccounts: [a]\n", "f:2:7: expected a blank after the colon\n"},
        {"jail: t\ncommands: [bash, ls\naccess: {shell: true}\n", "f:2:11: the bracket [ is not closed\n"},
        {"jail: t\naccess: {shell: true\n", "f:2:9: the bracket { is not closed\n"},
        {"jail: t\n commands: [bash]\n",
         "f:2:2: found 1 blank before this line and 0 before the one above; keys that belong together begin "
         "in one "
         "column\n"},
        {"limits:\n    tasks: 9\n  memory: 1G\n",
         "f:3:3: found 2 blanks before this line and 4 before the one above; keys that belong together begin "
         "in "
         "one column\n"},
    };
    for (const auto& [text, expected] : cases) EXPECT_EQ(complaint(text), expected) << text;
}

// Brackets in text, in comments and in quotes are none.
TEST(YamlMistakes, NotEveryBracketIsOne) {
    EXPECT_EQ(complaint("a: x[y  # [\nb: '['\nc: [d\n"), "f:3:4: the bracket [ is not closed\n");
}

TEST(YamlMistakes, AnotherMistakeIsTheParsers) {
    EXPECT_EQ(explain_yaml("a: b\n", 1, 2, "something else").text, "not YAML: something else");
    EXPECT_EQ(explain_yaml("", 0, 0, "x").text, "not YAML: x");
    EXPECT_EQ(explain_yaml("a: b\n", 900, 2, "x").text, "not YAML: x");
}

}  // namespace
}  // namespace jail::provision
