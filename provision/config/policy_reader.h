// SPDX-License-Identifier: Apache-2.0
// YAML to Policy and Bundle: one table row a key. A key that is in no table is an error, never ignored.
#pragma once

#include "provision/config/policy.h"
#include "provision/config/yaml_source.h"

namespace jail::provision {

// A jail's file: on top of what `policy` holds already (the host's defaults). Lists of names and files grow,
// everything else is replaced.
void read_jail(const YamlNode& root, Policy& policy, Diagnostics& diagnostics);

// jail.yaml: the same keys without jail and accounts.
void read_defaults(const YamlNode& root, Policy& policy, Diagnostics& diagnostics);

void read_bundle(const YamlNode& root, Bundle& bundle, Diagnostics& diagnostics);

// The keys of the three kinds of file, for what has to name all of them (schema, manual); nested ones after a
// dot, also those of the maps in a list: "limits", "limits.memory", "files.path".
std::vector<std::string> jail_keys();
std::vector<std::string> defaults_keys();
std::vector<std::string> bundle_keys();

}  // namespace jail::provision
