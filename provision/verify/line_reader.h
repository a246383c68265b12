// SPDX-License-Identifier: Apache-2.0
// Lines that a child without privilege writes to a pipe: bounded in number, in length, and in time.
#pragma once

#include <functional>
#include <string>

#include "libjail/base/clock.h"
#include "libjail/base/file_descriptor.h"
#include "libjail/base/result.h"

namespace jail::provision {

// Calls `take` for each line, without its newline, until the end of the file; false from it ends that early.
// An error: the time is over, the child writes more than it may, or an administrator has interrupted.
Result<> read_lines(int descriptor, Time deadline, const std::function<bool(const std::string&)>& take);

}  // namespace jail::provision
