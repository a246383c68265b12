// SPDX-License-Identifier: Apache-2.0
#include "libjail/base/escape.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace jail {
namespace {

using namespace std::string_literals;

TEST(JsonStringTest, PlainTextIsItself) {
    EXPECT_EQ(json_string("pts/0 of 127.0.0.1"), "\"pts/0 of 127.0.0.1\"");
    EXPECT_EQ(json_string(""), "\"\"");
    EXPECT_EQ(json_string("J\u00fcrgen \u2713 \U0001f0cf"), "\"J\u00fcrgen \u2713 \U0001f0cf\"");
}

TEST(JsonStringTest, WhatEndsAStringOrALineIsEscaped) {
    EXPECT_EQ(json_string("a\"b\\c\nd\te\x7f\0f"s), R"("a\"b\\c\u000ad\u0009e\u007f\u0000f")");
}

TEST(JsonStringTest, BytesThatAreNotUtf8AreReplaced) {
    for (const std::string& bad : {"\xff"s, "\xc0\xaf"s, "\xed\xa0\x80"s, "\xf4\x90\x80\x80"s, "\xe2\x82"s,
                                   "\x80"s, "\xe0\x80\xaf"s, "\xf0\x80\x80\xaf"s, "\xc2\x9b"s}) {
        const std::string escaped = json_string(bad + "x");
        EXPECT_EQ(escaped.find_first_of("\x80\x9b\xff\xc0\xed\xf4\xe2\xe0\xf0"), std::string::npos)
            << escaped;
        EXPECT_NE(escaped.find("\\ufffd"), std::string::npos) << escaped;
        EXPECT_TRUE(nlohmann::json::accept(escaped)) << escaped;
    }
}

TEST(JsonStringTest, RandomBytesAreAlwaysAStringWithinItsBound) {
    std::mt19937 random(1939);
    for (int round = 0; round < 20000; ++round) {
        std::string bytes(random() % 40, '\0');
        for (char& byte : bytes) byte = static_cast<char>(random());
        const std::string escaped = json_string(bytes, 30);
        ASSERT_LE(escaped.size(), 32u);
        ASSERT_TRUE(nlohmann::json::accept(escaped)) << escaped;
        ASSERT_EQ(escaped.find('\n'), std::string::npos);
    }
}

TEST(JsonStringTest, WhatIsTooLongEndsInDotsAndNeverInHalfACharacter) {
    EXPECT_EQ(json_string("0123456789", 10), "\"0123456789\"");
    EXPECT_EQ(json_string("0123456789x", 10), "\"0123456...\"");
    EXPECT_EQ(json_string("012345\u00fc789", 10), "\"012345...\"");
    EXPECT_EQ(json_string("0123\n56789", 10), "\"0123...\"");
}

TEST(PrintableTest, OneLineWithoutControls) {
    EXPECT_EQ(printable("a\nb\x1b[2J\x7f\xff\xc2\x9b\u00fc"), "a\\x0ab\\x1b[2J\\x7f\\xff\\xc2\\x9b\u00fc");
    EXPECT_EQ(printable("0123456789x", 10), "0123456...");
}

}  // namespace
}  // namespace jail
