// SPDX-License-Identifier: Apache-2.0
// Work in process and mount namespaces of its own: when it ends, or this process does, by whatever, the
// kernel ends every process that it started and takes every mount away.
#pragma once

#include <functional>

#include "libjail/base/result.h"

namespace jail::provision {

// As a shell reports it: the exit status, or 128 and the signal's number.
int status_of(int wait_status);

// Runs `body` as a child, root as the caller is. PID 1 there is a process of ours that reaps: a supervisor
// that the body starts goes to the namespaces of PID 1, as on a host. Returns the exit status that the body
// returned, or 128 and the signal that ended it.
Result<int> run_contained(const std::function<int()>& body);

}  // namespace jail::provision
