// SPDX-License-Identifier: Apache-2.0
// The JSON Schemas of the three kinds of file, from the tables of keys (keys.h).
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace jail::provision {

// `definitions`: the types of values that rows refer to (config/schema/definitions.json).
nlohmann::ordered_json jail_schema(const nlohmann::ordered_json& definitions);
nlohmann::ordered_json defaults_schema();
nlohmann::ordered_json bundle_schema();

}  // namespace jail::provision
