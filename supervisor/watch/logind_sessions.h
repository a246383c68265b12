// SPDX-License-Identifier: Apache-2.0
// Which sessions systemd-logind has ended (loginctl terminate-session): their processes are in the jail's
// control group, where it does not find them.
#pragma once

#include <string>

#include "libjail/base/result.h"
#include "supervisor/watch/file_watch.h"

namespace jail::supervisor {

class LogindSessions {
public:
    // From the first session that has an XDG_SESSION_ID on, by Change::kLogind; an id that is not one is
    // ignored.
    Result<> watch(const std::string& id, FileWatch& changes);
    // Whether logind is ending, or has ended, the session of this XDG_SESSION_ID. An id that is not one:
    // false.
    bool ended(const std::string& id) const;

private:
    FileDescriptor directory_;  // changes are reported as long as it is open
};

}  // namespace jail::supervisor
