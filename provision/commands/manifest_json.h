// SPDX-License-Identifier: Apache-2.0
// A published policy in the words of its YAML.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "libjail/policy/manifest.h"

namespace jail::provision {

// The policy, without the generation and its tree.
nlohmann::json policy_as_json(const Manifest& manifest);

// A value of it for people, in the unit of its key ("limits.io.read").
std::string shown_value(const std::string& path, const nlohmann::json& value);

}  // namespace jail::provision
