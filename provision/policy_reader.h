// YAML to Policy and Bundle: one table row a key. A key that is in no table is an error, never ignored.
#pragma once

#include "provision/policy.h"
#include "provision/yaml_source.h"

namespace jail::provision {

// A jail's file: on top of what `policy` holds already (the host's defaults). Lists of names and files grow,
// everything else is replaced.
void read_jail(const YamlNode& root, Policy& policy, Diagnostics& diagnostics);

// jail.yaml: the same keys without jail and accounts.
void read_defaults(const YamlNode& root, Policy& policy, Diagnostics& diagnostics);

void read_bundle(const YamlNode& root, Bundle& bundle, Diagnostics& diagnostics);

}  // namespace jail::provision
