// SPDX-License-Identifier: Apache-2.0
// doctor --fix CODE: mends only the finding of one code.
#pragma once

#include <string>

#include "provision/commands/commands.h"

namespace jail::provision {

// The exit status. A file of PAM gets one line at its end: it is shown first, a copy stays beside the file,
// and the file is as it was where the door is not closed by that. Others are built again. `common.dry_run`
// shows what would be done.
int fix(const Layout& layout, const CommonOptions& common, const std::string& code);

}  // namespace jail::provision
