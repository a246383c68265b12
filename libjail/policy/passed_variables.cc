// SPDX-License-Identifier: Apache-2.0
#include "libjail/policy/passed_variables.h"

#include <algorithm>

namespace jail {
namespace {

// These variables do not name files that a program would load.
constexpr std::string_view kAlwaysPassed[] = {
    "TERM",    "COLORTERM",     "SSH_CONNECTION", "SSH_CLIENT",
    "SSH_TTY", "SSH_AUTH_SOCK", "DISPLAY",        "SSH_ORIGINAL_COMMAND"};

bool matches(std::string_view pattern, std::string_view name) {
    if (pattern.empty() || pattern.back() != '*') return pattern == name;
    pattern.remove_suffix(1);
    return name.substr(0, pattern.size()) == pattern;
}

}  // namespace

bool passes(const Manifest& manifest, std::string_view variable) {
    const auto is_name = [&](std::string_view pattern) { return matches(pattern, variable); };
    return std::any_of(std::begin(kAlwaysPassed), std::end(kAlwaysPassed), is_name) ||
           std::any_of(manifest.environment_pass.begin(), manifest.environment_pass.end(), is_name);
}

}  // namespace jail
