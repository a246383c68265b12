// SPDX-License-Identifier: Apache-2.0
// The supervisor's own resource limits: those that the caller of a setuid jailshell chose must not make a
// step fail halfway.
#pragma once

#include "libjail/base/result.h"

namespace jail::supervisor {

// Raises limits that are too low, before the instance exists: a limit that cannot be raised is the error. The
// limits of the size of files and of the number of descriptors become as high as the host allows.
Result<> take_resources();

}  // namespace jail::supervisor
