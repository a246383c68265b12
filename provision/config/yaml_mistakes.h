// SPDX-License-Identifier: Apache-2.0
// yaml-cpp's complaints in an administrator's words: where the mistake is, which is often not where the
// parser noticed it, and what to write instead.
#pragma once

#include <string>
#include <string_view>

namespace jail::provision {

struct YamlMistake {
    int line = 0, column = 0;  // from 1
    std::string text;
};

// `line` and `column`: where yaml-cpp stopped, with `complaint`. An own sentence for tabs, a blank that lacks
// after a colon, brackets and quotes that are not closed, and indentation; else the complaint.
YamlMistake explain_yaml(std::string_view text, int line, int column, const std::string& complaint);

}  // namespace jail::provision
