// SPDX-License-Identifier: Apache-2.0
// Values that are more than a word, a number or a list of names.
#pragma once

#include <vector>

#include "provision/config/key.h"
#include "provision/config/policy.h"

namespace jail::provision {

void read_content(FieldReader& in, const YamlNode& value, FileRequest& file, const Kind&);
void read_files(FieldReader& in, const YamlNode& list, std::vector<FileRequest>& files);
void read_mounts(FieldReader& in, const YamlNode& list, Policy& policy, const Kind&);
// Lines of text, without characters that a terminal would obey.
void read_message(FieldReader& in, const YamlNode& value, Policy& policy, const Kind&);
// Codes of jail-provision doctor, each with a reason.
void read_skip(FieldReader& in, const YamlNode& value, Policy& policy, const Kind&);
void read_pass(FieldReader& in, const YamlNode& value, Policy& policy, const Kind&);

}  // namespace jail::provision
