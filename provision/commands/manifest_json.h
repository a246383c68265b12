// A published policy in the words of its YAML.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "libjail/policy/manifest.h"

namespace jail::provision {

// What a policy says; not which generation it is, nor its tree.
nlohmann::json policy_as_json(const Manifest& manifest);

}  // namespace jail::provision
