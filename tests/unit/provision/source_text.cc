// SPDX-License-Identifier: Apache-2.0
#include "source_text.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace jail::provision {

std::string text_of(const std::string& path) {
    std::ifstream in(std::string(JAIL_SOURCE_DIR) + "/" + path);
    std::stringstream text;
    text << in.rdbuf();
    EXPECT_FALSE(text.str().empty()) << path;
    return text.str();
}

}  // namespace jail::provision
