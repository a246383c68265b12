// SPDX-License-Identifier: Apache-2.0
#include "provision/config/yaml_source.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "tests/unit/provision/test_host.h"

namespace jail::provision {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string complaint(const std::string& text) {
    YamlNode root;
    Diagnostics diagnostics;
    (void)parse_yaml(text, "x.yaml", root, diagnostics);
    return diagnostics.joined();
}

using YamlFile = TestHost;

TEST(YamlSource, KeepsPositions) {
    YamlNode root;
    Diagnostics diagnostics;
    ASSERT_TRUE(parse_yaml("a: 1\nb: [x,\n    'y']\n", "x.yaml", root, diagnostics));
    ASSERT_EQ(root.items.size(), 4u);
    const YamlNode& y = root.items[3].items[1];
    EXPECT_EQ(y.scalar, "y");
    EXPECT_TRUE(y.quoted);
    EXPECT_EQ(y.at.line, 3);
    EXPECT_EQ(y.at.column, 5);
}

TEST(YamlSource, RefusesAliasBomb) {
    std::string bomb = "a0: &a0 [x, x]\n";
    for (int i = 1; i < 40; ++i)
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
                ", *a" + std::to_string(i - 1) + "]\n";
    EXPECT_THAT(complaint(bomb), HasSubstr("x.yaml:1:"));
    EXPECT_THAT(complaint("a: *nothing\n"), HasSubstr("x.yaml:1:"));
}

TEST(YamlSource, RefusesDeepNesting) {
    EXPECT_THAT(complaint(std::string(100'000, '[')), HasSubstr("nested too deeply (at most 32 levels)"));
    EXPECT_THAT(complaint(std::string(100'000, '{')), HasSubstr("x.yaml:1:"));
    std::string blocks;
    for (int i = 0; i < 1000; ++i) blocks += "- ";
    EXPECT_THAT(complaint(blocks), HasSubstr("nested too deeply"));
}

TEST(YamlSource, RefusesTooManyValues) {
    std::string many = "[";
    for (int i = 0; i < 110'000; ++i) many += "1,";
    EXPECT_THAT(complaint(many + "1]"), HasSubstr("too many values"));
}

TEST(YamlSource, RefusesWhatIsNoPlainYaml) {
    EXPECT_THAT(complaint(std::string("jail: a\0b\n", 10)), HasSubstr("NUL byte at offset 7"));
    EXPECT_THAT(complaint("a: !!python/object x\n"), HasSubstr("tags are not accepted"));
    EXPECT_THAT(complaint("a: 1\n---\nb: 2\n"), HasSubstr("second document"));
    EXPECT_THAT(complaint("a: [1, 2\n"), HasSubstr("is not closed"));
    EXPECT_THAT(complaint("a: \"\\uZZZZ\"\n"), HasSubstr("not YAML"));
    EXPECT_EQ(complaint("# nothing\n"), "");
}

TEST(YamlSource, ReportsEveryDuplicateKey) {
    EXPECT_EQ(complaint("a: 1\nb: 2\na: 3\nc: {d: 1, d: 2}\n"),
              "x.yaml:3:1: found the key 'a' again, first in line 1; expected each key once\n"
              "x.yaml:4:11: found the key 'd' again, first in line 4; expected each key once\n");
}

TEST(YamlSource, BoundsWhatItComplainsAbout) {
    std::string text;
    for (int i = 0; i < 40'000; ++i) text += "a: 1\n";
    YamlNode root;
    Diagnostics diagnostics;
    (void)parse_yaml(text, "x.yaml", root, diagnostics);
    EXPECT_EQ(diagnostics.lines().size(), 201u);
    EXPECT_EQ(diagnostics.size(), 39'999u);
}

TEST_F(YamlFile, RefusesAHundredMegabytesQuickly) {
    const std::string path = write(directory_ + "/big.yaml", "a: 1\n");
    ASSERT_EQ(::truncate(path.c_str(), 100 << 20), 0);
    const auto start = std::chrono::steady_clock::now();
    YamlNode node;
    Diagnostics diagnostics;
    EXPECT_FALSE(load_yaml(layout_, path, node, diagnostics));
    EXPECT_THAT(diagnostics.joined(), HasSubstr("larger than 256 KiB"));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(100));
}

TEST_F(YamlFile, RefusesWhatOthersCanWrite) {
    YamlNode node;
    Diagnostics shared, foreign, fifo, link;
    EXPECT_FALSE(load_yaml(layout_, write(directory_ + "/shared.yaml", "a: 1\n", 0664), node, shared));
    EXPECT_THAT(shared.joined(), HasSubstr("writable by group or others"));
    Layout other = layout_;
    other.owner = ::getuid() + 1;
    EXPECT_FALSE(load_yaml(other, write(directory_ + "/foreign.yaml", "a: 1\n"), node, foreign));
    EXPECT_THAT(foreign.joined(), HasSubstr("owned by uid " + std::to_string(::getuid())));
    ASSERT_EQ(::mkfifo((directory_ + "/fifo.yaml").c_str(), 0644), 0);
    EXPECT_FALSE(load_yaml(layout_, directory_ + "/fifo.yaml", node, fifo));
    EXPECT_THAT(fifo.joined(), HasSubstr("not a regular file"));
    ASSERT_EQ(::symlink("foreign.yaml", (directory_ + "/link.yaml").c_str()), 0);
    EXPECT_FALSE(load_yaml(layout_, directory_ + "/link.yaml", node, link));
}

}  // namespace
}  // namespace jail::provision
