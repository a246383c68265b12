// SPDX-License-Identifier: Apache-2.0
// The tables of keys: of a jail's file, of jail.yaml (the same without the first three), of a bundle, and of
// the maps in their lists.
#pragma once

#include <span>

#include "provision/config/key.h"
#include "provision/config/policy.h"

namespace jail::provision {

std::span<const Key<Policy>> policy_keys();
std::span<const Key<Policy>> defaults_table();  // of those, without the jail's name and members
std::span<const Key<Bundle>> bundle_table();
std::span<const Key<FileRequest>> file_keys();
std::span<const Key<BindMount>> mount_keys();

// Null: the path is unknown.
const Key<Policy>* find_policy_key(std::string_view path);

}  // namespace jail::provision
