// SPDX-License-Identifier: Apache-2.0
// Facts as people and programs read them. All of it ends with a newline.
#pragma once

#include <cstddef>
#include <string>

#include "jailshell/info/facts.h"

namespace jail::jailshell {

inline constexpr int kInfoSchema = 1;

// `width`: of the lines, in columns.
std::string allowed_in_words(const Facts& facts, std::size_t width);
std::string limits_in_words(const Facts& facts);

// Some lines for the beginning of a session.
std::string allowed_in_brief(const Facts& facts, std::size_t width);
std::string limits_in_brief(const Facts& facts, std::size_t width);

// jail-info(1) has the members.
std::string facts_as_json(const Facts& facts, bool allowed, bool limits);

}  // namespace jail::jailshell
