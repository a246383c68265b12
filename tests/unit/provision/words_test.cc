// SPDX-License-Identifier: Apache-2.0
#include "provision/base/words.h"

#include <gtest/gtest.h>

#include "provision/base/problem.h"

namespace jail::provision {
namespace {

TEST(Words, SpansAreShort) {
    EXPECT_EQ(span_of(0), "0s");
    EXPECT_EQ(span_of(119), "119s");
    EXPECT_EQ(span_of(120), "2m");
    EXPECT_EQ(span_of(7200), "2h");
    EXPECT_EQ(span_of(172'800), "2d");
}

TEST(Words, BytesThatSteerATerminalAreShownAsNumbers) {
    EXPECT_EQ(printable("\x1b[2J\n\x7f"), "\\x1b[2J\\x0a\\x7f");
    EXPECT_EQ(printable("\xc2\x9b"
                        "2J"),
              "\\xc2\\x9b2J")
        << "CSI as one character of C1";
    EXPECT_EQ(printable("\x9b"), "\\x9b") << "and as one byte";
    EXPECT_EQ(printable("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
    EXPECT_EQ(printable(std::string(5000, 'x')).size(), 5000u);
}

}  // namespace
}  // namespace jail::provision
