// SPDX-License-Identifier: Apache-2.0
// The proof that a jail is unchanged: the states of all files that went into a published generation, the
// published files themselves included, and this machine's default of memory. While every one is the same, the
// generation is current and is not read or compiled again.
#pragma once

#include <string>

#include "libjail/base/result.h"
#include "provision/base/layout.h"
#include "provision/host/file_states.h"

namespace jail::provision {

// True when a stamp of this version of the program is there and every file in it is as it was.
bool stamp_holds(const Layout& layout, const std::string& jail);

// Not saved when a file changed so lately that its time stamps cannot be relied upon; the next build will.
Result<> save_stamp(const Layout& layout, const std::string& jail, const FileStates& states);

}  // namespace jail::provision
