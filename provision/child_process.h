// The few programs of the host that jail-provision starts: by absolute path, with a fixed environment, no
// shell.
#pragma once

#include <string>
#include <vector>

#include "libjail/result.h"

namespace jail::provision {

// Runs it to its end. Its output goes to our stderr; signals of our terminal do not reach it.
Result<> run_program(const std::vector<std::string>& arguments);

}  // namespace jail::provision
