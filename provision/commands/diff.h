// SPDX-License-Identifier: Apache-2.0
// How differences are told, by `diff` and by `apply --diff`.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "libjail/policy/manifest.h"
#include "provision/base/layout.h"
#include "provision/tree/tree_inventory.h"

namespace jail::provision {

struct JailState {
    std::optional<Manifest> manifest;  // empty: the jail is not there
    Inventory inventory;
};

// {"policy": [{key, from, to}], "files": [{change, path, what}]}
nlohmann::json differences(const JailState& from, const JailState& to);
bool any_difference(const nlohmann::json& differences);
// A line each.
void print_differences(const nlohmann::json& differences);

Result<JailState> state_of(const Layout& layout, const Manifest& manifest);

}  // namespace jail::provision
