// SPDX-License-Identifier: Apache-2.0
// The few programs of the host that jail-provision starts: by absolute path, with a fixed environment, no
// shell.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "libjail/base/result.h"

namespace jail::provision {

// Runs it to its end. Its output goes to our stderr; signals of our terminal do not reach it.
Result<> run_program(const std::vector<std::string>& arguments);

// The output of the program, at most `bound` bytes of it; its stderr is dropped. An
// error when its exit status is not among `accepted`. ETIMEDOUT: it ran longer, and was ended.
Result<std::string> capture_program(const std::vector<std::string>& arguments, std::size_t bound,
                                    std::chrono::milliseconds patience,
                                    const std::vector<int>& accepted = {0});

// Runs it with `input` as its standard input; its output goes to our stderr. ETIMEDOUT: it ran longer, and
// was ended, with what it had started in its process group.
Result<> run_with_input(const std::vector<std::string>& arguments, const std::string& input,
                        std::chrono::milliseconds patience);

}  // namespace jail::provision
