// SPDX-License-Identifier: Apache-2.0
// The facts of an auditor's report as one page of HTML that needs no other file, no script and no network.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace jail::provision {

std::string make_page(const nlohmann::json& facts);

// Text for the body of an element or for a quoted attribute; bytes that are not UTF-8, and control
// characters, become replacement characters.
std::string escaped(const std::string& text);

}  // namespace jail::provision
