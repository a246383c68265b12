// SPDX-License-Identifier: Apache-2.0
// How `add` and `apply` report doors, and processes and rights of accounts outside.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "provision/accounts/arrival.h"

namespace jail::provision {

nlohmann::json doors_as_json(const std::vector<Door>& doors);
nlohmann::json findings_as_json(const std::vector<OutsideFinding>& findings);

// "through sshd, su": the doors that lead into the jail; "through no PAM service".
std::string through(const std::vector<Door>& doors, bool by_shell);

// On stderr, a line for each thing that is open.
void tell_open_doors(const std::vector<Door>& doors, bool by_shell);

// Likewise what was found and did not keep the accounts out, but for what was ended.
void tell_findings(const std::vector<OutsideFinding>& findings, const ArrivalOptions& options);

}  // namespace jail::provision
