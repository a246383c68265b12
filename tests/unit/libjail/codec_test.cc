// SPDX-License-Identifier: Apache-2.0
#include "libjail/base/codec.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace jail {
namespace {

std::string encode_list(std::uint32_t claimed, std::size_t present) {
    Encoder encoder;
    encoder(claimed);
    for (std::size_t i = 0; i < present; ++i) encoder(std::uint32_t{5});
    return encoder.take();
}

TEST(Codec, IntegersAreLittleEndian) {
    Encoder encoder;
    encoder(std::uint32_t{0x01020304});
    EXPECT_EQ(encoder.take(), std::string("\x04\x03\x02\x01", 4));
}

TEST(Codec, ABoolThatIsNeitherZeroNorOneIsRefused) {
    Decoder decoder(std::string_view("\x02", 1));
    bool value = false;
    decoder(value);
    EXPECT_FALSE(decoder.complete());
}

TEST(Codec, AListThatClaimsMoreItemsThanThereAreIsRefused) {
    std::vector<std::uint32_t> list;
    const std::string bytes = encode_list(3, 2);
    Decoder decoder(bytes);
    decoder(list);
    EXPECT_FALSE(decoder.complete());
}

TEST(Codec, AListOverTheBoundIsRefusedBeforeAnythingIsAllocated) {
    std::vector<std::uint32_t> list;
    const std::string bytes = encode_list(0xffffffff, 1);
    Decoder decoder(bytes);
    decoder(list);
    EXPECT_FALSE(decoder.complete());
    EXPECT_TRUE(list.empty());
}

TEST(Codec, AStringLongerThanTheRestIsRefused) {
    Encoder encoder;
    encoder(std::uint32_t{100});
    const std::string bytes = encoder.take() + "short";
    Decoder decoder(bytes);
    std::string text;
    decoder(text);
    EXPECT_FALSE(decoder.complete());
}

TEST(Codec, BytesAfterTheLastFieldAreRefused) {
    const std::string bytes = encode_list(1, 2);
    Decoder decoder(bytes);
    std::vector<std::uint32_t> list;
    decoder(list);
    EXPECT_FALSE(decoder.complete());
}

}  // namespace
}  // namespace jail
