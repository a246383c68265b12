// SPDX-License-Identifier: Apache-2.0
// Part of the probe: how each of its modes ends.
#pragma once

#include <cerrno>
#include <cstring>
#include <iostream>

namespace probe {

// Prints ok, or the error that errno has. The exit status.
inline int report(bool good) {
    std::cout << (good ? "ok" : std::strerror(errno)) << std::endl;
    return good ? 0 : 1;
}

}  // namespace probe
