// SPDX-License-Identifier: Apache-2.0
// One thing of the host's or of the tree's, shown in the new root.
#pragma once

#include <cstdint>
#include <string>

#include "libjail/base/result.h"

namespace jail::supervisor {

// Puts a copy of the mount that `source` is on, rooted there, with these MOUNT_ATTR_* more, on `target`; both
// are O_PATH, `name` is for errors.
Result<> bind(int source, std::uint64_t attributes, int target, const std::string& name);

// Shows a socket, O_PATH, as the new entry `name` of a directory of the jail's; `path` is for errors.
Result<> show_socket(int directory, const char* name, int socket, const std::string& path);

}  // namespace jail::supervisor
