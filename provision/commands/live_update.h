// SPDX-License-Identifier: Apache-2.0
// update --live: jails that run get the limits of what is published.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "provision/commands/commands.h"

namespace jail::provision {

// Of every instance of this jail that runs an older generation. Prints a line for each, or adds rows. The
// exit status.
int update_running(const Layout& layout, const CommonOptions& common, const std::string& jail,
                   nlohmann::json& rows);

}  // namespace jail::provision
