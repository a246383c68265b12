// `limits:` of the YAML.
#pragma once

#include <string>
#include <vector>

#include "provision/config/field_reader.h"
#include "provision/config/policy.h"

namespace jail::provision {

// Sets what is written, and leaves the rest as it is: a default of the host's, or nothing.
void read_limits(FieldReader& reader, const YamlNode& node, LimitRequest& limits);

// Its keys, "io.read" among them.
std::vector<std::string> limit_keys();

}  // namespace jail::provision
