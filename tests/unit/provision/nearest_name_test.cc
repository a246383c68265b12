// SPDX-License-Identifier: Apache-2.0
#include "provision/base/nearest_name.h"

#include <gtest/gtest.h>

#include <vector>

namespace jail::provision {
namespace {

const std::vector<std::string> kNames = {"commands", "include", "files", "access", "bash", "cat"};

TEST(NearestName, CountsEdits) {
    EXPECT_EQ(edit_distance("", ""), 0u);
    EXPECT_EQ(edit_distance("bash", "bash"), 0u);
    EXPECT_EQ(edit_distance("bahs", "bash"), 1u);
    EXPECT_EQ(edit_distance("", "abc"), 3u);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
}

TEST(NearestName, FindsWhatWasMeant) {
    EXPECT_EQ(nearest_name("comands", kNames), "commands");
    EXPECT_EQ(nearest_name("acess", kNames), "access");
    EXPECT_EQ(nearest_name("bahs", kNames), "bash");
}

TEST(NearestName, KeepsSilentWhenNothingIsNear) {
    EXPECT_EQ(nearest_name("zzz", kNames), "");
    EXPECT_EQ(nearest_name("", kNames), "");
    EXPECT_EQ(nearest_name(std::string(100'000, 'a'), kNames), "");
    EXPECT_EQ(did_you_mean("zzz", kNames), "");
}

}  // namespace
}  // namespace jail::provision
