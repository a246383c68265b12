// SPDX-License-Identifier: Apache-2.0
// The messages of jail-provision on stderr. spdlog behind two functions: its headers cost seconds in every
// file.
#pragma once

#include <string>

namespace jail::provision {

void set_up_log(bool verbose);
void log_error(const std::string& line);
void log_notice(const std::string& line);    // something the administrator should know, not a failure
void log_progress(const std::string& line);  // with --verbose only

}  // namespace jail::provision
