// SPDX-License-Identifier: Apache-2.0
// Part of the probe: a job of cron's.
#pragma once

#include <string>
#include <vector>

namespace probe {

// FILE: standard output is a file, which cron reads afterwards; whether it can be mapped executable, and how
// much goes in. Says so in FILE.
int use_output(const std::vector<std::string>& arguments);

}  // namespace probe
